//! What installing or removing a server means for one host: one file to edit, or its own program to run. Decided on what
//! is there, and decided anew when that changes before it is written.

mod edit;
mod program;

use std::path::{Path, PathBuf};

use anyhow::{Error, Result};

use super::{
    Host, Pick, Program, Scope,
    entry::{self, Entry, Server},
    file::Change,
    place::Place,
    places::Machine,
};
use crate::{
    apply::{Fs, Interrupted},
    error::{Code, Failure, code, hint, log},
};

/// What is wanted of the lists of some hosts.
#[derive(Debug)]
pub struct Wishes<'a> {
    pub machine: &'a Machine,
    /// The project's directory.
    pub root: &'a Path,
    pub scope: Scope,
    /// What to install; what may have been installed, the likeliest first, when it is removed.
    pub servers: Vec<Server>,
    pub hosts: Vec<&'static Host>,
    pub remove: bool,
    pub force: bool,
}

/// What is wanted of one list.
#[derive(Debug, Clone, Copy)]
struct Wish<'a> {
    name: &'a str,
    /// What we would write; nothing when the host has no way to reach the server.
    entries: &'a [Entry],
    remove: bool,
    force: bool,
}

/// One edit, or one run of a host's program.
#[derive(Debug)]
pub struct Job {
    pub host: &'static Host,
    pub entries: Vec<Entry>,
    pub task: Task,
}

#[derive(Debug)]
pub enum Task {
    Edit {
        place: Place,
        change: Change,
        before: Option<String>,
    },
    /// Command lines; none when there is nothing to do.
    Run { commands: Vec<Vec<String>> },
    /// The file stays as it is, and says why.
    Refused(Error),
}

/// What a job did.
#[derive(Debug)]
pub struct Done {
    pub change: Change,
    /// A copy of the file as it was.
    pub backup: Option<PathBuf>,
}

impl Wishes<'_> {
    /// Decide what has to be done; writes nothing. A host whose file cannot be edited is refused, and the others are not.
    ///
    /// # Errors
    ///
    /// Fails when a host has no place for the scope or no way to reach the server.
    pub fn jobs(&self) -> Result<Vec<Job>> {
        let mut jobs = Vec::new();
        for host in &self.hosts {
            let entries = self.servers.iter().map(|server| entry::entry(host, server));
            let entries: Vec<Entry> = if self.remove {
                entries.flatten().collect()
            } else {
                entries.collect::<Result<_>>()?
            };
            let tasks = self.tasks(host, &entries)?;
            jobs.extend(tasks.into_iter().map(|task| Job {
                host,
                entries: entries.clone(),
                task,
            }));
        }
        Ok(jobs)
    }

    fn tasks(&self, host: &'static Host, entries: &[Entry]) -> Result<Vec<Task>> {
        let wish = self.wish(entries);
        let mut files = self
            .machine
            .files(host, self.scope, self.root, self.name())?;
        if host.program.is_some() && self.scope == Scope::User {
            let task = program::task(host, self.machine, files.first(), wish);
            return Ok(vec![task.unwrap_or_else(Task::Refused)]);
        }
        if host.files.pick == Pick::Merged && !self.remove {
            let known = |path: &PathBuf| edit::may_have(host, path, wish.name);
            if files.iter().any(known) {
                files.retain(known);
            } else {
                files.truncate(1);
            }
        }
        let task = |path| {
            let place = Place::find(path)?;
            let (change, before, _) = edit::decide(host, &place, wish)?;
            Ok(Task::Edit {
                place,
                change,
                before,
            })
        };
        let tasks = files.into_iter().map(task);
        Ok(tasks
            .map(|task| task.unwrap_or_else(Task::Refused))
            .collect())
    }

    /// Do `job`, decided anew on what is there now; `run` runs a host's program.
    ///
    /// # Errors
    ///
    /// Fails when the file cannot be edited any more, or cannot be written, and is then as it was.
    pub fn perform(
        &self,
        job: &Job,
        fs: &dyn Fs,
        interrupted: Interrupted<'_>,
        run: &dyn Fn(&[String]) -> Result<()>,
    ) -> Result<Done> {
        match &job.task {
            Task::Edit { place, .. } => {
                let wish = self.wish(&job.entries);
                edit::perform(job.host, place, wish, fs, interrupted)
            }
            Task::Run { commands } => {
                commands.iter().try_for_each(|command| run(command))?;
                let change = match (commands.is_empty(), self.remove) {
                    (true, _) => Change::Unchanged,
                    (false, true) => Change::Removed(None),
                    (false, false) => Change::Added(String::new()),
                };
                Ok(Done {
                    change,
                    backup: None,
                })
            }
            Task::Refused(_) => Ok(Done {
                change: Change::Unchanged,
                backup: None,
            }),
        }
    }

    /// The name of the entry.
    #[must_use]
    pub fn name(&self) -> &str {
        self.servers.first().map_or("", |server| &server.name)
    }

    fn wish<'a>(&'a self, entries: &'a [Entry]) -> Wish<'a> {
        Wish {
            name: self.name(),
            entries,
            remove: self.remove,
            force: self.force,
        }
    }
}

impl Job {
    /// Whether everything is as it should be already.
    #[must_use]
    pub fn is_done(&self) -> bool {
        match &self.task {
            Task::Edit { change, .. } => *change == Change::Unchanged,
            Task::Run { commands } => commands.is_empty(),
            Task::Refused(_) => false,
        }
    }

    /// Why the host is left as it is.
    #[must_use]
    pub fn refusal(&self) -> Option<&Error> {
        match &self.task {
            Task::Refused(error) => Some(error),
            _ => None,
        }
    }

    /// Whether there is something to do.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.is_done() && self.refusal().is_none()
    }

    /// Refuse the job when it needs a program of the host that was not found.
    pub fn need_program(&mut self) {
        if let Some(Program { name, needs, .. }) = self.missing_program() {
            let problem = format!("`{name}` is not installed, or not on the PATH");
            let failure = Failure::failed(problem).hint(format!("nothing was written; {needs}"));
            self.task = Task::Refused(failure.into());
        }
    }

    fn missing_program(&self) -> Option<&'static Program> {
        let Task::Run { commands } = &self.task else {
            return None;
        };
        let program = self.host.program.as_ref()?;
        let is_missing =
            |command: &Vec<String>| command.first().is_some_and(|it| it == program.name);
        commands.iter().any(is_missing).then_some(program)
    }

    /// The file before and after, if it is edited.
    #[must_use]
    pub fn texts(&self) -> Option<(&str, &str)> {
        let Task::Edit { change, before, .. } = &self.task else {
            return None;
        };
        let after = match change {
            Change::Unchanged => return None,
            Change::Added(text)
            | Change::Updated(text)
            | Change::Replaced(text)
            | Change::Restored { text, .. } => text,
            Change::Removed(text) => text.as_deref().unwrap_or_default(),
        };
        Some((before.as_deref().unwrap_or_default(), after))
    }
}

/// What went wrong for some hosts, as one failure: a conflict if there is one among them.
#[must_use]
pub fn together(problems: &[&Error]) -> Option<Error> {
    let first = *problems.first()?;
    let is_conflict = |problem: &&&Error| code(problem) == Code::Conflict;
    let kind = problems
        .iter()
        .find(is_conflict)
        .map_or(code(first), |it| code(it));
    let messages: Vec<String> = problems.iter().map(|it| format!("{it:#}")).collect();
    let mut hints: Vec<&str> = problems.iter().filter_map(|it| hint(it)).collect();
    hints.dedup();
    let mut failure = Failure::new(kind, messages.join("\n")).log(log(first).to_vec());
    if !hints.is_empty() {
        failure = failure.hint(hints.join("; "));
    }
    Some(failure.into())
}
