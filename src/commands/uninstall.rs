//! `uninstall`: remove a project from hosts' lists.

use std::path::Path;

use anyhow::Result;

use super::install::{go_ahead, perform, stop_if_all_refused};
use crate::{
    answers,
    ask::{Ask, Terminal},
    cli::install::UninstallArgs,
    hosts::{
        job::{Job, Wishes, together},
        places::Machine,
    },
    interview,
    launch::Installable,
    owner::{self, Trust},
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
    // The project's tool is only run where the project may be: it obeys settings in there.
    let trusted = owner::check(&project.root, answers::FILE_NAME, &Trust::given(false)).is_ok();
    let installable = Installable::find(&project.root, template, &spec, trusted)?;
    let servers = [false, true]
        .into_iter()
        .filter_map(|http| installable.server(http, None).ok())
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
    let mut jobs = wishes.jobs()?;
    if actions.dry_run {
        ui.note(&say::overview(&wishes, &jobs, None));
        ui.value(&say::value(&wishes, &jobs, &[], true));
        ui.result(&say::differences(&jobs));
        let refused: Vec<_> = jobs.iter().filter_map(Job::refusal).collect();
        return together(&refused).map_or(Ok(()), Err);
    }
    jobs.iter_mut().for_each(Job::need_program);
    stop_if_all_refused(&jobs)?;
    if jobs.iter().any(Job::is_open) {
        go_ahead(&say::overview(&wishes, &jobs, None), actions, ui)?;
    }
    let (value, refused) = perform(&wishes, &jobs, ui)?;
    ui.value(&value);
    refused.map_or(Ok(()), Err)
}
