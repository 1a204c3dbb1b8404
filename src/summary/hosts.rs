//! What `install`, `uninstall` and `list` say about hosts. Pure.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::{Value, json};

use crate::{
    edit,
    error::Failure,
    hosts::{
        HOSTS, Host, Scope, Variables,
        entry::{self, Run, by_hand, runs},
        file::{self, Change},
        job::{Done, Job, Task, Wishes},
        places::{ANY_NAME, Machine},
    },
    summary::quoted,
    ui::{BOLD, DIM},
};

/// What is going to happen: the command that hosts will run, then each file or program.
#[must_use]
pub fn overview(wishes: &Wishes<'_>, jobs: &[Job], before: Option<&str>) -> String {
    let name = wishes.name();
    let common = jobs.first().and_then(|job| job.entries.first()).map(runs);
    let common = common.unwrap_or_default();
    let mut text = match wishes.servers.first().map(|server| &server.run) {
        _ if wishes.remove => format!("Will remove {BOLD}{name}{BOLD:#} from:"),
        Some(Run::Http { .. }) => format!("Hosts will reach {BOLD}{name}{BOLD:#} at"),
        _ => format!("Hosts will start {BOLD}{name}{BOLD:#} with"),
    };
    if !wishes.remove {
        let _ = write!(text, "\n  {BOLD}{}{BOLD:#}", line(&common));
    }
    if let Some(step) = before {
        let _ = write!(text, "\nFirst: {step}");
    }
    for job in jobs {
        let _ = write!(text, "\n  {}: {}", job.host.title, intent(job));
        let own = job.entries.first().map(runs).unwrap_or_default();
        if !wishes.remove && own != common {
            let _ = write!(text, "\n    with {BOLD}{}{BOLD:#}", line(&own));
        }
    }
    text
}

fn intent(job: &Job) -> String {
    match &job.task {
        Task::Run { commands } if commands.is_empty() => "already up to date".to_owned(),
        Task::Run { commands } => {
            let lines = commands.iter().map(|words| line(words));
            lines.collect::<Vec<_>>().join("\n    then ")
        }
        Task::Edit { place, change, .. } => {
            let path = place.path.display();
            match change {
                Change::Unchanged => format!("{path} {DIM}(already up to date){DIM:#}"),
                Change::Updated(_) => {
                    format!("{path} {DIM}(updates its entry; what was added to it is kept){DIM:#}")
                }
                Change::Replaced(_) => format!("{path} {DIM}(replaces another entry){DIM:#}"),
                Change::Added(_) | Change::Removed(Some(_)) => path.to_string(),
                Change::Removed(None) => {
                    format!("{path} {DIM}(created by install; will be deleted){DIM:#}")
                }
                Change::Restored { .. } => {
                    format!("{path} {DIM}(restored as it was before){DIM:#}")
                }
            }
        }
        Task::Refused(error) => format!("left unchanged: {error:#}"),
    }
}

/// A command line to read, or to paste.
#[must_use]
pub fn line(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}

/// Each file's difference, for a dry run.
#[must_use]
pub fn differences(jobs: &[Job]) -> String {
    let mut text = String::new();
    for job in jobs {
        if let (Task::Edit { place, .. }, Some((before, after))) = (&job.task, job.texts()) {
            let difference = edit::diff(before, after);
            let _ = write!(
                text,
                "\n{}\n{}",
                place.path.display(),
                difference.trim_end()
            );
        }
    }
    text.trim_start().to_owned()
}

/// What one job did, in a line.
#[must_use]
pub fn outcome(job: &Job, done: &Done) -> String {
    let title = job.host.title;
    let place = match &job.task {
        Task::Edit { place, .. } => format!(" ({})", place.path.display()),
        Task::Run { .. } | Task::Refused(_) => String::new(),
    };
    match &done.change {
        Change::Unchanged => format!("{title}: nothing to do{place}"),
        Change::Added(_) => format!("{title}: installed{place}"),
        Change::Updated(_) => format!("{title}: updated{place}"),
        Change::Replaced(_) => format!("{title}: replaced{place}"),
        Change::Removed(_) | Change::Restored { .. } => format!("{title}: removed{place}"),
    }
}

/// Everything as data; `done` has what the jobs did, or why they failed.
#[must_use]
pub fn value(wishes: &Wishes<'_>, jobs: &[Job], done: &[Result<Done>], dry_run: bool) -> Value {
    let hosts = jobs.iter().enumerate().map(|(at, job)| {
        let change = match (&job.task, done.get(at)) {
            (Task::Refused(_), _) | (_, Some(Err(_))) => "refused",
            (_, Some(Ok(done))) => word(&done.change),
            (Task::Edit { change, .. }, None) => word(change),
            (Task::Run { .. }, None) => "run",
        };
        let mut value = json!({ "id": job.host.id, "change": change });
        match &job.task {
            Task::Edit { place, .. } => {
                value["file"] = place.path.to_string_lossy().into();
                if let (true, Some((before, after))) = (dry_run, job.texts()) {
                    value["diff"] = edit::diff(before, after).into();
                }
            }
            Task::Run { commands } => value["commands"] = json!(commands),
            Task::Refused(error) => value["problem"] = format!("{error:#}").into(),
        }
        if let Some(Err(error)) = done.get(at) {
            value["problem"] = format!("{error:#}").into();
        }
        if let Some(entry) = job.entries.first().filter(|_| !wishes.remove) {
            value["entry"] = (&entry.value).into();
        }
        if let Some(backup) = done
            .get(at)
            .and_then(|done| done.as_ref().ok()?.backup.as_ref())
        {
            value["backup"] = backup.to_string_lossy().into();
        }
        value
    });
    let mut value = json!({
        "name": wishes.name(),
        "scope": wishes.scope.as_str(),
        "hosts": hosts.collect::<Vec<_>>(),
    });
    if dry_run {
        value["dry_run"] = true.into();
    }
    if let Some(server) = wishes.servers.first().filter(|_| !wishes.remove) {
        match &server.run {
            Run::Stdio(start) => value["command"] = json!(start.command),
            Run::Http { url, .. } => value["url"] = json!(url),
        }
    }
    value
}

fn word(change: &Change) -> &'static str {
    match change {
        Change::Unchanged => "unchanged",
        Change::Added(_) => "added",
        Change::Updated(_) => "updated",
        Change::Replaced(_) => "replaced",
        Change::Removed(_) => "removed",
        Change::Restored { .. } => "restored",
    }
}

/// Why a secret is not written, and how each of `hosts` gets it.
#[must_use]
pub fn secret(name: &str, hosts: &[&Host]) -> Failure {
    let mut with_name = Vec::new();
    let mut with_file = Vec::new();
    for host in hosts {
        let title = host.title;
        match host.variables {
            Variables::Named => with_name.push(format!("{title} lists it in `env_vars`")),
            Variables::Listed { list, .. } => {
                with_name.push(format!("{title} lists it in `{list}`"));
            }
            Variables::Written(..) | Variables::Asked => {
                let placeholder = host.variables.placeholder(name);
                with_name.push(format!("{title} reads `{placeholder}`"));
            }
            Variables::None => with_file.push(title),
        }
    }
    let mut hints = Vec::new();
    if !with_name.is_empty() {
        hints.push(format!(
            "give `--env {name}` without a value: {}",
            with_name.join(", ")
        ));
    }
    if !with_file.is_empty() {
        let titles = with_file.join(", ");
        hints.push(format!(
            "give `--env-file PATH` for {titles}, with `{name}=…` in the file"
        ));
    }
    hints.push(format!("`--check-env {name}=…` sets it for the check only"));
    Failure::usage(format!(
        "`{name}` is a secret: its value is never written to a host's file"
    ))
    .hint(hints.join("; "))
}

/// What is left to the user after an installation.
#[must_use]
pub fn next(wishes: &Wishes<'_>, jobs: &[Job]) -> String {
    let mut text = String::new();
    if let Some(Run::Http { url, headers }) = wishes.servers.first().map(|server| &server.run) {
        let _ = write!(text, "\n  start the server: hosts look for it at {url}");
        for (name, value) in headers {
            if let Some(variable) = entry::variable(value) {
                let _ = write!(
                    text,
                    "\n  set {variable} in the environment of the host: it is sent as {name}"
                );
            }
        }
    }
    let mut said: Vec<&str> = Vec::new();
    for job in jobs.iter().filter(|job| job.is_open()) {
        if !said.contains(&job.host.id) {
            let _ = write!(text, "\n  {}: {}", job.host.title, job.host.notice);
            said.push(job.host.id);
        }
    }
    text
}

/// How to get the program of a job.
#[must_use]
pub fn needs(jobs: &[Job], program: &str) -> String {
    let mut programs = jobs.iter().filter_map(|job| job.host.program.as_ref());
    let known = programs.find(|known| program.ends_with(known.name));
    known.map_or(String::new(), |known| known.needs.to_owned())
}

/// The entry of the server for `host`, with the files it belongs into.
#[must_use]
pub fn print(host: &Host, wishes: &Wishes<'_>) -> (String, Value) {
    let entries = wishes.servers.iter().map(|server| by_hand(host, server));
    let files = wishes
        .machine
        .files(host, wishes.scope, wishes.root, wishes.name())
        .unwrap_or_default();
    let shown: Vec<String> = files
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let mut text = format!("{BOLD}{}{BOLD:#}", host.title);
    for path in &shown {
        let _ = write!(text, "\n{DIM}{path}{DIM:#}");
    }
    let mut value = json!({ "id": host.id, "files": shown });
    match entries.collect::<Result<Vec<_>>>() {
        Ok(entries) => {
            for entry in entries {
                let example = file::example(host, wishes.name(), &entry);
                let _ = write!(text, "\n{example}\n");
                value["entry"] = (&entry.value).into();
                value["text"] = example.into();
            }
        }
        Err(error) => {
            let _ = write!(text, "\n{error:#}\n");
            value["problem"] = format!("{error:#}").into();
        }
    }
    (text, value)
}

/// Every host, whether it is on this machine, and where its files are.
#[must_use]
pub fn list(machine: &Machine) -> (String, Value) {
    let width = HOSTS.iter().map(|host| host.id.len()).max().unwrap_or(0);
    let titles = HOSTS.iter().map(|host| host.title.len()).max().unwrap_or(0);
    let mut text = format!("{BOLD}Hosts{BOLD:#} (install --host ID)\n\n");
    let mut values = Vec::new();
    for host in HOSTS {
        let present = machine.has(host);
        let mark = if present { "on this machine" } else { "" };
        let line = format!("  {:width$}  {:titles$}  {mark}", host.id, host.title);
        let _ = writeln!(text, "{}", line.trim_end());
        let scopes = [Scope::User, Scope::Project]
            .into_iter()
            .filter(|scope| host.has(*scope));
        let files = machine.files(host, Scope::User, std::path::Path::new(""), ANY_NAME);
        let files = files.unwrap_or_default();
        values.push(json!({
            "id": host.id,
            "title": host.title,
            "present": present,
            "scopes": scopes.map(Scope::as_str).collect::<Vec<_>>(),
            "files": files.iter().map(|path| path.to_string_lossy()).collect::<Vec<_>>(),
        }));
    }
    (text, values.into())
}
