//! Commands run after the project stands: git, the first build. A failed one never undoes the project.

use std::{
    io::{self, BufRead as _, BufReader, Read},
    path::Path,
    process::{Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use process_wrap::std::{ChildWrapper, CommandWrap};

use crate::{error::Failure, signal, template::manifest::StepSpec, ui::Ui};

/// A command to run in a project.
#[derive(Debug, Clone)]
pub struct Step {
    /// What is under way, such as "building".
    pub title: String,
    pub command: Vec<String>,
    /// How to get the program when it is missing.
    pub needs: String,
}

impl Step {
    /// Make the project a git repository, without a commit.
    #[must_use]
    pub fn git_init() -> Self {
        Self {
            title: "creating a git repository".to_owned(),
            command: ["git", "init", "--quiet", "-b", "main"]
                .map(str::to_owned)
                .to_vec(),
            needs: "install git".to_owned(),
        }
    }
}

impl From<&StepSpec> for Step {
    fn from(spec: &StepSpec) -> Self {
        Self {
            title: spec.title.clone(),
            command: spec.command.clone(),
            needs: spec.needs.clone(),
        }
    }
}

/// Whether `directory` is in a git work tree already.
#[must_use]
pub fn inside_repository(directory: &Path) -> bool {
    directory.ancestors().any(|path| path.join(".git").exists())
}

/// How a step ended.
#[derive(Debug, Clone)]
pub struct Done {
    pub elapsed: Duration,
    /// The lines of its output that are objects of JSON, for programs.
    pub reports: Vec<String>,
}

/// How many of the last lines of output an error shows.
const TAIL: usize = 20;

/// How long to wait for the last output of a program that has ended.
const GRACE: Duration = Duration::from_millis(500);

/// What a git hook sets: with it, git works on the repository of the hook and not on that of the project.
const GIT_VARIABLES: [&str; 3] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"];

/// Run `step` in `directory`, showing progress.
///
/// # Errors
///
/// Fails when the program is missing (the hint says how to get it) or does not succeed (with the tail of its output),
/// and on interruption, after the program and all that it started were stopped.
pub fn run(step: &Step, directory: &Path, ui: Ui) -> Result<Done> {
    let began = Instant::now();
    let shown = crate::summary::hosts::line(&step.command);
    let progress = ui.progress(&step.title);
    let mut child = spawn(step, directory).map_err(|error| not_started(step, &shown, &error))?;
    let (sender, lines) = mpsc::channel();
    forward(child.stdout().take(), sender.clone());
    forward(child.stderr().take(), sender);
    let (mut tail, mut reports) = (Vec::new(), Vec::new());
    let status = watch(child.as_mut(), &lines, |line| {
        if line.starts_with("{\"") {
            reports.push(line);
            return;
        }
        progress.line(&line);
        if tail.len() == TAIL {
            tail.remove(0);
        }
        tail.push(crate::ui::printable(&line));
    })
    .with_context(|| format!("cannot watch or stop `{shown}`"))?;
    drop(progress);
    let Some(status) = status else {
        return Err(Failure::interrupted().into());
    };
    if status.success() {
        return Ok(Done {
            elapsed: began.elapsed(),
            reports,
        });
    }
    Err(Failure::failed(format!("`{shown}` failed ({status})"))
        .hint(format!(
            "the project stays as it is; try again with `{shown}` in `{}`",
            directory.display()
        ))
        .log(tail)
        .into())
}

/// Give each line to `show` until `child` ends; `None` after it was stopped with all that it started, on interruption.
fn watch(
    child: &mut dyn ChildWrapper,
    lines: &Receiver<String>,
    mut show: impl FnMut(String),
) -> io::Result<Option<ExitStatus>> {
    let mut ended: Option<(ExitStatus, Instant)> = None;
    loop {
        if signal::interrupted() {
            return match (child.kill(), ended.is_some()) {
                (Err(error), false) => Err(error),
                _ => Ok(None),
            };
        }
        let open = match lines.recv_timeout(Duration::from_millis(50)) {
            Ok(line) => {
                show(line);
                true
            }
            Err(RecvTimeoutError::Timeout) => true,
            Err(RecvTimeoutError::Disconnected) => {
                std::thread::sleep(Duration::from_millis(1));
                false
            }
        };
        if ended.is_none() {
            ended = child.try_wait()?.map(|status| (status, Instant::now()));
        }
        // What a tool leaves behind, such as a compiler cache, may hold its output open.
        if let Some((status, at)) = ended
            && (!open || at.elapsed() > GRACE)
        {
            return Ok(Some(status));
        }
    }
}

fn spawn(step: &Step, directory: &Path) -> io::Result<Box<dyn ChildWrapper>> {
    let (program, arguments) = step
        .command
        .split_first()
        .ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for name in GIT_VARIABLES {
        command.env_remove(name);
    }
    let mut command = CommandWrap::from(command);
    #[cfg(unix)]
    command.wrap(process_wrap::std::ProcessGroup::leader());
    #[cfg(windows)]
    command.wrap(process_wrap::std::JobObject);
    command.spawn()
}

fn not_started(step: &Step, shown: &str, error: &io::Error) -> anyhow::Error {
    let program = step.command.first().map_or("", String::as_str);
    if error.kind() == io::ErrorKind::NotFound {
        return Failure::failed(format!("`{program}` is not installed, or not on the PATH"))
            .hint(format!(
                "the project stays as it is; {}, then run `{shown}` in it",
                step.needs
            ))
            .into();
    }
    Failure::failed(format!("cannot run `{shown}`: {error}"))
        .hint("the project stays as it is; run the command yourself")
        .into()
}

/// Send each line of `stream` until it ends.
fn forward(stream: Option<impl Read + Send + 'static>, sender: Sender<String>) {
    let Some(stream) = stream else { return };
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader
            .read_until(b'\n', &mut line)
            .is_ok_and(|read| read > 0)
        {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if sender.send(text).is_err() {
                return;
            }
        }
    });
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::cli::GlobalArgs;

    fn run_shell(script: &str) -> Result<Done> {
        let step = Step {
            title: "testing".to_owned(),
            command: ["sh", "-c", script].map(str::to_owned).to_vec(),
            needs: "install a shell".to_owned(),
        };
        let ui = Ui::new(&GlobalArgs {
            quiet: true,
            ..GlobalArgs::guess(&[])
        });
        run(&step, Path::new("/"), ui)
    }

    #[test]
    fn a_tool_is_done_when_it_exits_though_something_holds_its_output() {
        let began = Instant::now();
        run_shell("sleep 20 & echo done").expect("succeeds");
        assert!(began.elapsed() < Duration::from_secs(10));
        run_shell("(while sleep 0.01; do echo on || exit; done) & echo done").expect("succeeds");
        assert!(began.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_tool_that_closes_its_output_is_waited_for() {
        let error = run_shell("exec >&- 2>&-; sleep 0.2; exit 3").expect_err("fails");
        assert!(error.to_string().contains("exit status: 3"), "{error:#}");
    }
}
