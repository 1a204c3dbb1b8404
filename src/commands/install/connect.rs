//! Showing what will change in hosts' lists, asking, and doing it; `uninstall` and `new` do the same.

use anyhow::Result;
use serde_json::Value;

use super::Source;
use crate::{
    apply::Disk,
    ask::{Ask, Question, Terminal},
    cli::install::ActionArgs,
    error::{Code, Failure},
    hosts::job::{Job, Wishes},
    signal::{self, Busy},
    step::{self, Step},
    summary::hosts as say,
    ui::Ui,
};

/// What came of it.
pub struct Connected {
    pub value: Value,
    /// What is left to the user, a line for each.
    pub next: String,
}

/// Show what would change, ask, make the project ready, and do it.
///
/// # Errors
///
/// See [`crate::commands::install::run`].
pub fn connect(
    wishes: &Wishes<'_>,
    source: &Source<'_>,
    actions: &ActionArgs,
    ui: Ui,
) -> Result<Connected> {
    let jobs = wishes.jobs()?;
    let overview = || {
        let first = source.plan(wishes)?;
        anyhow::Ok(say::overview(wishes, &jobs, first.as_deref()))
    };
    if actions.dry_run {
        ui.note(&overview()?);
        ui.result(&say::differences(&jobs));
        return Ok(Connected {
            value: say::value(wishes, &jobs, &[], true),
            next: String::new(),
        });
    }
    if jobs.iter().any(|job| !job.is_done()) {
        go_ahead(&overview()?, &jobs, actions, ui)?;
        source.make_ready(wishes, ui)?;
    }
    Ok(Connected {
        value: perform(wishes, &jobs, ui)?,
        next: say::next(wishes, &jobs),
    })
}

/// Show `overview`, and go on only when the user says so.
///
/// # Errors
///
/// Fails when the answer is no, and when nobody can be asked.
pub fn go_ahead(overview: &str, jobs: &[Job], actions: &ActionArgs, ui: Ui) -> Result<()> {
    ui.note(overview);
    if let Some(program) = jobs.iter().find_map(Job::missing_program) {
        let name = program.name;
        return Err(
            Failure::failed(format!("`{name}` is not installed, or not on the PATH"))
                .hint(format!("nothing was written; {}", program.needs))
                .into(),
        );
    }
    if actions.yes {
        return Ok(());
    }
    if !ui.can_ask() {
        return Err(
            Failure::usage("cannot ask for the go-ahead: there is no terminal")
                .hint("look at it with --dry-run, then give --yes")
                .into(),
        );
    }
    if Terminal::new(ui.colored()).confirm(GO_AHEAD, true)? {
        return Ok(());
    }
    Err(Failure::new(Code::Interrupted, "nothing was written").into())
}

/// Do every job, and say what was done.
///
/// # Errors
///
/// Fails at the first job that fails, naming those that were done before it.
pub fn perform(wishes: &Wishes<'_>, jobs: &[Job], ui: Ui) -> Result<Value> {
    let _busy = Busy::begin();
    let run = |command: &[String]| {
        let program = command.first().cloned().unwrap_or_default();
        let step = Step {
            title: format!("running {program}"),
            command: command.to_vec(),
            needs: say::needs(jobs, &program),
        };
        step::run(&step, wishes.root, ui).map(drop)
    };
    let mut done = Vec::new();
    for job in jobs {
        match wishes.perform(job, &Disk, &signal::interrupted, &run) {
            Ok(one) => {
                ui.done(&say::outcome(job, &one));
                done.push(one);
            }
            Err(error) if done.is_empty() => return Err(error),
            Err(error) => {
                let before: Vec<_> = jobs[..done.len()]
                    .iter()
                    .map(|job| job.host.title)
                    .collect();
                return Err(error.context(format!("after {}, which stays done", before.join(", "))));
            }
        }
    }
    Ok(say::value(wishes, jobs, &done, false))
}

const GO_AHEAD: Question<'_> = Question::new("go-ahead", "Go ahead?", "--yes");
