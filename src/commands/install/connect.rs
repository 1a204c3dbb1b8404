//! Showing what will change in hosts' lists, asking, and doing it; `uninstall` and `new` do the same.

use anyhow::{Error, Result};
use serde_json::Value;

use super::Source;
use crate::{
    apply::Disk,
    ask::{Ask, Question, Terminal},
    cli::install::ActionArgs,
    error::{Code, Failure, code},
    hosts::job::{Job, Wishes, together},
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
    /// Why some hosts were left as they are.
    pub refused: Option<Error>,
}

/// Show what would change, ask, make the project ready, and do it.
///
/// # Errors
///
/// See [`crate::commands::install::run`].
pub fn connect(
    wishes: &mut Wishes<'_>,
    source: &mut Source<'_>,
    actions: &ActionArgs,
    ui: Ui,
) -> Result<Connected> {
    let mut jobs = wishes.jobs()?;
    let overview = say::overview(wishes, &jobs, source.plan(wishes).as_deref());
    if actions.dry_run {
        ui.note(&overview);
        ui.result(&say::differences(&jobs));
        return Ok(Connected {
            value: say::value(wishes, &jobs, &[], true),
            next: String::new(),
            refused: together(&jobs.iter().filter_map(Job::refusal).collect::<Vec<_>>()),
        });
    }
    jobs.iter_mut().for_each(Job::need_program);
    stop_if_all_refused(&jobs)?;
    if jobs.iter().any(Job::is_open) {
        go_ahead(&overview, actions, ui)?;
        if source.build(wishes, ui)? {
            ui.warn("the build put the program somewhere else");
            jobs = wishes.jobs()?;
            jobs.iter_mut().for_each(Job::need_program);
            stop_if_all_refused(&jobs)?;
            go_ahead(&say::overview(wishes, &jobs, None), actions, ui)?;
        }
        source.check(wishes, ui)?;
    }
    let (value, refused) = perform(wishes, &jobs, ui)?;
    Ok(Connected {
        value,
        next: say::next(wishes, &jobs),
        refused,
    })
}

/// Fail when no host is left for which something can be done.
///
/// # Errors
///
/// With what is wrong with each.
pub fn stop_if_all_refused(jobs: &[Job]) -> Result<()> {
    let refused: Vec<&Error> = jobs.iter().filter_map(Job::refusal).collect();
    match together(&refused) {
        Some(error) if refused.len() == jobs.len() => Err(error),
        _ => Ok(()),
    }
}

/// Show `overview`, and go on only when the user says so.
///
/// # Errors
///
/// Fails when the answer is no, and when no one can be asked.
pub fn go_ahead(overview: &str, actions: &ActionArgs, ui: Ui) -> Result<()> {
    ui.note(overview);
    if actions.yes {
        return Ok(());
    }
    if !ui.can_ask() {
        return Err(
            Failure::usage("cannot ask for confirmation: there is no terminal")
                .hint("review the changes with --dry-run, then give --yes")
                .into(),
        );
    }
    if Terminal::new(ui.colored()).confirm(GO_AHEAD, true)? {
        return Ok(());
    }
    Err(Failure::new(Code::Interrupted, "nothing was written").into())
}

/// Do every job, say what was done, and why some were not.
///
/// # Errors
///
/// Fails on an interruption.
pub fn perform(wishes: &Wishes<'_>, jobs: &[Job], ui: Ui) -> Result<(Value, Option<Error>)> {
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
        let outcome = wishes.perform(job, &Disk, &signal::interrupted, &run);
        match &outcome {
            Ok(_) if job.refusal().is_some() => {}
            Ok(one) => ui.done(&say::outcome(job, one)),
            Err(error) if code(error) == Code::Interrupted => {
                return Err(stopped(jobs, done.len(), error));
            }
            Err(_) => {}
        }
        done.push(outcome);
    }
    let refused = jobs.iter().filter_map(Job::refusal);
    let failed = done.iter().filter_map(|outcome| outcome.as_ref().err());
    let problems: Vec<&Error> = refused.chain(failed).collect();
    Ok((say::value(wishes, jobs, &done, false), together(&problems)))
}

/// An interruption, with the hosts that were done before it.
fn stopped(jobs: &[Job], done: usize, error: &Error) -> Error {
    let before = jobs[..done].iter().filter(|job| job.is_open());
    let titles: Vec<_> = before.map(|job| job.host.title).collect();
    let failure = Failure::interrupted();
    if titles.is_empty() {
        return failure.into();
    }
    let titles = titles.join(", ");
    Failure::new(
        Code::Interrupted,
        format!("{error:#} after {titles}, which was finished"),
    )
    .into()
}

const GO_AHEAD: Question<'_> = Question::new("go-ahead", "Go ahead?", "--yes");
