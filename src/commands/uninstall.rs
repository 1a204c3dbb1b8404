//! `uninstall`: remove a project from hosts' lists.

use std::path::Path;

use anyhow::Result;

use super::install::{go_ahead, perform};
use crate::{
    ask::{Ask, Terminal},
    cli::install::UninstallArgs,
    hosts::{
        job::{Job, Wishes},
        places::Machine,
    },
    interview, launch,
    owner::Trust,
    project::Project,
    summary::hosts as say,
    template::Template,
    ui::Ui,
};

/// Run the verb.
///
/// # Errors
///
/// A usage failure for what cannot be removed; a conflict when an entry is not the project's.
pub fn run(args: &UninstallArgs, templates: &[Template<'_>], ui: Ui) -> Result<()> {
    let (target, actions) = (&args.target, &args.actions);
    let project = Project::find(
        args.path.as_deref().unwrap_or(Path::new(".")),
        &Trust::to_read(),
    )?;
    let (template, spec) = project.resolve(templates)?;
    let machine = Machine::here();
    let servers = [false, true]
        .into_iter()
        .filter_map(|http| launch::server(&project.root, template, &spec, http, None).ok())
        .map(|server| server.with_program(|name| machine.program(name)));
    let mut terminal = Terminal::new(ui.colored());
    let asker = (ui.can_ask() && !actions.yes).then_some(&mut terminal as &mut dyn Ask);
    let wishes = Wishes {
        machine: &machine,
        root: &project.root,
        scope: target.scope,
        servers: servers.collect(),
        hosts: interview::hosts(&target.hosts, &machine, target.scope, asker)?,
        remove: true,
        force: actions.force,
    };
    let jobs = wishes.jobs()?;
    if actions.dry_run {
        ui.note(&say::overview(&wishes, &jobs, None));
        ui.value(&say::value(&wishes, &jobs, &[], true));
        ui.result(&say::differences(&jobs));
        return Ok(());
    }
    if !jobs.iter().all(Job::is_done) {
        go_ahead(&say::overview(&wishes, &jobs, None), &jobs, actions, ui)?;
    }
    ui.value(&perform(&wishes, &jobs, ui)?);
    Ok(())
}
