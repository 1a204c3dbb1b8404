//! A generated Dockerfile, read, and what it says done without a container engine.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::python;
use crate::support::{generated, run, tool};

/// What of a Dockerfile is tested.
#[derive(Debug, Default)]
pub struct Image {
    pub steps: Vec<Step>,
    /// The folder that the build works in, and its environment.
    folder: String,
    build_env: BTreeMap<String, String>,
    /// What is taken over from the build, and where it is then.
    copied: (String, String),
    pub env: BTreeMap<String, String>,
    pub ports: Vec<String>,
    pub entry: Vec<String>,
}

/// A step of the build.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// These files of the context are copied.
    Copy(String),
    /// A command runs, while these files of the context are there.
    Run { command: String, files: Vec<String> },
}

impl Image {
    pub fn read(dir: &Path) -> Result<Self> {
        let text = fs::read_to_string(dir.join("Dockerfile"))?.replace("\\\n", " ");
        let mut image = Self::default();
        let (mut stages, mut user) = (Vec::new(), "");
        for line in text.lines().filter(|line| !line.is_empty()) {
            let (word, rest) = line.split_once(' ').context("an instruction")?;
            match word {
                "#" | "LABEL" => {}
                "FROM" => stages.push(rest.trim_end_matches(" AS build")),
                "WORKDIR" => rest.clone_into(&mut image.folder),
                // What the last stage runs makes directories for a user that is not here.
                "RUN" if stages.len() > 1 => {}
                "RUN" => image.steps.push(Step::read(rest)),
                "COPY" if rest.starts_with("--from=ghcr.io/astral-sh/uv:") => {}
                "COPY" if stages.len() == 1 => {
                    let (names, to) = rest.rsplit_once(' ').context("a target")?;
                    ensure!(matches!(to, "." | "./"), "{rest}");
                    image.steps.push(Step::Copy(names.to_owned()));
                }
                "COPY" => {
                    let copy = rest.strip_prefix("--from=build ");
                    let copy = copy.with_context(|| rest.to_owned())?;
                    let (from, to) = copy.split_once(' ').context("a target")?;
                    image.copied = (from.to_owned(), to.to_owned());
                }
                "ENV" if stages.len() == 1 => image.build_env.extend(pairs(rest)),
                "ENV" => image.env.extend(pairs(rest)),
                "EXPOSE" => image.ports.push(rest.to_owned()),
                "USER" => user = rest,
                "ENTRYPOINT" => image.entry = serde_json::from_str(rest)?,
                other => bail!("`{other}` is not tested"),
            }
        }
        ensure!(user == "65532:65532", "runs as {user:?}");
        ensure!(stages.len() == 2, "{stages:?}");
        // An interpreter is in the image that the program runs in, where the build found it.
        let own = stages[1].starts_with("gcr.io/distroless/cc-");
        ensure!(own || stages[0] == stages[1], "{stages:?}");
        Ok(image)
    }

    /// Do what the build does in a folder of its own, and return the program.
    pub fn build(&self, context: &Path, folder: &Path) -> Result<PathBuf> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        for step in &self.steps {
            match step {
                Step::Copy(names) => copy(context, names, folder)?,
                Step::Run { command, files } => {
                    for file in files {
                        copy(context, file, folder)?;
                    }
                    // The builder's cache.
                    let cache = folder.join("target");
                    if !cache.exists() {
                        symlink(generated().join("target"), &cache)?;
                    }
                    let uv = tool("uv", "bin")?;
                    let path = std::env::var("PATH").context("a PATH")?;
                    let mut shell = Command::new("sh");
                    shell.arg("-c").arg(command).envs(&self.build_env);
                    shell.env("PATH", format!("{}:{path}", uv.display()));
                    shell.env("UV_CACHE_DIR", generated().join("uv-cache"));
                    shell.envs(python::packages());
                    run(shell.current_dir(folder))?;
                    for file in files {
                        fs::remove_file(folder.join(file))?;
                    }
                }
            }
        }
        let (from, to) = &self.copied;
        let program = self.entry.first().context("a program")?;
        let program = program.strip_prefix(to.as_str()).context("is not copied")?;
        let built = from.strip_prefix(&format!("{}/", self.folder));
        Ok(folder.join(format!("{}{program}", built.context(from.clone())?)))
    }

    /// The program as a container runs it: nothing of our environment that it would read.
    pub fn command(&self, program: &Path, more: &BTreeMap<String, String>) -> Command {
        let mut command = Command::new("env");
        command.arg("--ignore-environment");
        for (key, value) in self.env.iter().chain(more) {
            command.arg(format!("{key}={value}"));
        }
        command.arg(program).args(&self.entry[1..]);
        command
    }
}

impl Step {
    fn read(text: &str) -> Self {
        let words = text.split_whitespace();
        let (mounts, command): (Vec<_>, Vec<_>) =
            words.partition(|word| word.starts_with("--mount="));
        let bound = mounts.into_iter().filter_map(|mount| {
            let (source, target) = mount
                .strip_prefix("--mount=type=bind,source=")?
                .split_once(",target=")?;
            (source == target).then(|| source.to_owned())
        });
        Self::Run {
            command: command.join(" "),
            files: bound.collect(),
        }
    }
}

fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    let pairs = text.split_whitespace().filter_map(|it| it.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned()))
}

fn copy(from: &Path, names: &str, to: &Path) -> Result<()> {
    let line = format!("cp -r {names} \"$0\"");
    let mut shell = Command::new("sh");
    run(shell.args(["-c", &line]).arg(to).current_dir(from)).map(drop)
}

/// A copy of what `.dockerignore`, which lists what is let through, leaves of the project.
pub fn context(project: &Path) -> Result<PathBuf> {
    let context = generated().join("container/context");
    if context.exists() {
        fs::remove_dir_all(&context)?;
    }
    fs::create_dir_all(&context)?;
    let ignore = fs::read_to_string(project.join(".dockerignore"))?;
    let mut lines = ignore.lines().filter(|line| !line.starts_with('#'));
    ensure!(lines.next() == Some("*"), "not everything is kept out");
    for line in lines.filter(|line| *line != "**/__pycache__") {
        let name = line.strip_prefix('!').with_context(|| line.to_owned())?;
        copy(project, name, &context)?;
    }
    Ok(context)
}
