//! What installing or removing a server means for one host: one file to edit, or its own program to run. Decided on what
//! is there, and decided anew when that changes before it is written.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use anyhow::Result;

use super::{
    Format, Host, Program, Scope,
    entry::{self, Entry, Server},
    file::{Change, File},
    place::{Place, backups, free_backup, read, stamp},
    places::Machine,
};
use crate::{
    apply::{self, Ending, Fs, Interrupted, Rewrite},
    edit::{data::Data, json},
    error::Failure,
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
}

/// What a job did.
#[derive(Debug)]
pub struct Done {
    pub change: Change,
    /// A copy of the file as it was.
    pub backup: Option<PathBuf>,
}

impl Wishes<'_> {
    /// Decide what has to be done; writes nothing.
    ///
    /// # Errors
    ///
    /// Fails when a host has no place for the scope or no way to reach the server, when its file cannot be edited, or on
    /// a conflict.
    pub fn jobs(&self) -> Result<Vec<Job>> {
        let mut jobs = Vec::new();
        for host in &self.hosts {
            let entries = self.servers.iter().map(|server| entry::entry(host, server));
            let entries: Vec<Entry> = if self.remove {
                entries.flatten().collect()
            } else {
                entries.collect::<Result<_>>()?
            };
            let tasks = prepare(
                host,
                self.scope,
                self.machine,
                self.root,
                self.wish(&entries),
            )?;
            jobs.extend(tasks.into_iter().map(|task| Job {
                host,
                entries: entries.clone(),
                task,
            }));
        }
        Ok(jobs)
    }

    /// Do `job`, decided anew on what is there now; `run` runs a host's program.
    ///
    /// # Errors
    ///
    /// See [`Wishes::jobs`]; also when a file cannot be written, which is then as it was.
    pub fn perform(
        &self,
        job: &Job,
        fs: &dyn Fs,
        interrupted: Interrupted<'_>,
        run: &dyn Fn(&[String]) -> Result<()>,
    ) -> Result<Done> {
        match &job.task {
            Task::Edit { place, .. } => {
                edit(job.host, place, self.wish(&job.entries), fs, interrupted)
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
        }
    }

    /// The host's own program, if it is needed and was not found.
    #[must_use]
    pub fn missing_program(&self) -> Option<&'static Program> {
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
            Change::Added(text) | Change::Replaced(text) | Change::Restored { text, .. } => text,
            Change::Removed(text) => text.as_deref().unwrap_or_default(),
        };
        Some((before.as_deref().unwrap_or_default(), after))
    }
}

fn prepare(
    host: &'static Host,
    scope: Scope,
    machine: &Machine,
    root: &Path,
    wish: Wish<'_>,
) -> Result<Vec<Task>> {
    let files = machine.files(host, scope, root)?;
    if host.program.is_some() && scope == Scope::User {
        return Ok(vec![run_task(host, machine, files.first(), wish)?]);
    }
    let tasks = files.into_iter().map(|path| {
        let place = Place::find(path, machine, root)?;
        let (change, before, _) = decide(host, &place, wish)?;
        Ok(Task::Edit {
            place,
            change,
            before,
        })
    });
    tasks.collect()
}

/// How long to wait for other programs that write to the same file.
const PATIENCE: Duration = Duration::from_secs(10);

fn edit(
    host: &Host,
    place: &Place,
    wish: Wish<'_>,
    fs: &dyn Fs,
    interrupted: Interrupted<'_>,
) -> Result<Done> {
    let began = Instant::now();
    loop {
        let (change, before, backups) = decide(host, place, wish)?;
        let (after, obsolete) = match &change {
            Change::Unchanged => {
                // What a killed run left there goes, unless another run is at work.
                let directory = place.file.parent();
                drop(directory.map(|directory| apply::recover(directory, fs)));
                return Ok(Done {
                    change,
                    backup: None,
                });
            }
            Change::Added(text) | Change::Replaced(text) => (Some(text.clone()), None),
            Change::Removed(text) => (text.clone(), None),
            Change::Restored { text, backup } => {
                (Some(text.clone()), backups.into_iter().nth(*backup))
            }
        };
        let keep = before.is_some() && after.is_some() && obsolete.is_none();
        let backup = keep.then(|| free_backup(&place.file, &stamp(SystemTime::now())));
        let rewrite = Rewrite {
            path: place.file.clone(),
            before,
            after,
            backup: backup.clone(),
            obsolete,
            base: place.base.clone(),
        };
        match apply::rewrite(&rewrite, fs, interrupted)? {
            Ending::Done => return Ok(Done { change, backup }),
            Ending::Busy | Ending::Changed if began.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Ending::Busy | Ending::Changed => {
                let shown = place.path.display();
                return Err(
                    Failure::failed(format!("another program keeps writing `{shown}`"))
                        .hint("nothing was written; close it, then run the command again")
                        .into(),
                );
            }
        }
    }
}

type Decided = (Change, Option<String>, Vec<PathBuf>);

/// What to change in a file, what it holds, and the paths of its older copies, the latest first.
fn decide(host: &Host, place: &Place, wish: Wish<'_>) -> Result<Decided> {
    let before = read(&place.path, &place.file)?;
    let shown = place.path.display().to_string();
    let file = File {
        host,
        shown: &shown,
        text: before.as_deref(),
    };
    if !wish.remove {
        let change = match wish.entries.first() {
            Some(entry) => file.install(wish.name, entry, wish.force)?,
            None => Change::Unchanged,
        };
        return Ok((change, before, Vec::new()));
    }
    if before.is_none() {
        return Ok((Change::Unchanged, before, Vec::new()));
    }
    let copies = backups(&place.file).into_iter();
    let (backups, texts): (Vec<_>, Vec<_>) = copies
        .filter_map(|path| Some((path.clone(), read(&path, &path).ok().flatten()?)))
        .unzip();
    let change = file.uninstall(wish.name, wish.entries, &texts, wish.force)?;
    Ok((change, before, backups))
}

/// What to let the host's own program do.
fn run_task(
    host: &'static Host,
    machine: &Machine,
    file: Option<&PathBuf>,
    wish: Wish<'_>,
) -> Result<Task> {
    let (Some(program), Some(file)) = (&host.program, file) else {
        return Ok(Task::Run {
            commands: Vec::new(),
        });
    };
    // Only looked at: what it holds decides what the program is told.
    let found = match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(String::new()),
        outcome => outcome.ok(),
    };
    let text = found.clone().unwrap_or_default();
    let shown = file.display().to_string();
    let list = File {
        host,
        shown: &shown,
        text: Some(&text),
    };
    let readable = found.is_some()
        && json::read(&text, json::Dialect::Strict).is_ok()
        && host.format != Format::Toml;
    let known = |change: Result<Change>| {
        if readable {
            change
        } else {
            Ok(Change::Added(String::new()))
        }
    };
    let entry = wish.entries.first();
    let change = match (wish.remove, entry) {
        (true, _) => known(list.uninstall(wish.name, wish.entries, &[], wish.force))?,
        (false, Some(entry)) => known(list.install(wish.name, entry, wish.force))?,
        (false, None) => Change::Unchanged,
    };
    let found = machine.program(program.name);
    let path = found.map(|path| path.to_string_lossy().into_owned());
    let line = |arguments: &[&str]| {
        let json = entry
            .map(|entry| one_line(&entry.value))
            .unwrap_or_default();
        let filled = arguments
            .iter()
            .map(|word| word.replace("{name}", wish.name).replace("{json}", &json));
        let first = path.clone().unwrap_or_else(|| program.name.to_owned());
        [first].into_iter().chain(filled).collect::<Vec<_>>()
    };
    let commands = match (wish.remove, change) {
        (_, Change::Unchanged) => Vec::new(),
        (true, _) => vec![line(program.remove)],
        (false, Change::Replaced(_)) => vec![line(program.remove), line(program.add)],
        (false, _) => vec![line(program.add)],
    };
    Ok(Task::Run { commands })
}

fn one_line(value: &Data) -> String {
    match value {
        Data::Map(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| {
                format!(
                    "{}:{}",
                    serde_json::Value::from(key.as_str()),
                    one_line(value)
                )
            });
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
        }
        other => serde_json::Value::from(other).to_string(),
    }
}
