//! Commands run after the project stands: git, the first build. A failed one never undoes the project.

use std::{
    io::{self, BufRead as _, BufReader, Read},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError, Sender},
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
#[derive(Debug, Clone, Copy)]
pub struct Done {
    pub elapsed: Duration,
}

/// How many of the last lines of output an error shows.
const TAIL: usize = 20;

/// Run `step` in `directory`, showing progress.
///
/// # Errors
///
/// Fails when the program is missing (the hint says how to get it) or does not succeed (with the tail of its output),
/// and on interruption, after the program and all that it started were stopped.
pub fn run(step: &Step, directory: &Path, ui: Ui) -> Result<Done> {
    let began = Instant::now();
    let shown = step.command.join(" ");
    let progress = ui.progress(&step.title);
    let mut child = spawn(step, directory).map_err(|error| not_started(step, &shown, &error))?;
    let (sender, lines) = mpsc::channel();
    forward(child.stdout().take(), sender.clone());
    forward(child.stderr().take(), sender);
    let mut tail: Vec<String> = Vec::new();
    loop {
        if signal::interrupted() {
            child
                .kill()
                .with_context(|| format!("cannot stop `{shown}`"))?;
            return Err(Failure::interrupted().into());
        }
        match lines.recv_timeout(Duration::from_millis(50)) {
            Ok(line) => {
                progress.line(&line);
                if tail.len() == TAIL {
                    tail.remove(0);
                }
                tail.push(crate::ui::printable(&line));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let status = child
        .wait()
        .with_context(|| format!("cannot wait for `{shown}`"))?;
    drop(progress);
    if status.success() {
        return Ok(Done {
            elapsed: began.elapsed(),
        });
    }
    if !ui.verbose() {
        for line in &tail {
            ui.note(line);
        }
    }
    Err(Failure::failed(format!("`{shown}` failed ({status})"))
        .hint(format!(
            "the project stays as it is; try again with `{shown}` in `{}`",
            directory.display()
        ))
        .into())
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
