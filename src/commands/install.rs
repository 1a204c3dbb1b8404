//! `install`: make a project ready, and let hosts find it.

mod connect;
mod ready;
mod settings;

use std::path::Path;

use anyhow::Result;
use serde_json::json;

use crate::{
    ask::{Ask, Terminal},
    cli::install::{InstallArgs, Transport},
    error::Failure,
    hosts::{HOSTS, Scope, entry::Run, job::Wishes, places::Machine},
    interview,
    launch::Installable,
    owner::Trust,
    probe::Headers,
    project::Project,
    summary::hosts as say,
    template::Template,
    ui::{BOLD, Ui},
};

pub use connect::{Connected, connect, go_ahead, perform, stop_if_all_refused};
pub use ready::Source;

use settings::Settings;

/// Run the verb.
///
/// # Errors
///
/// A usage failure for what cannot be installed; a conflict with another entry; a failed build or check.
pub fn run(args: &InstallArgs, templates: &[Template<'_>], ui: Ui) -> Result<()> {
    let project = Project::find(
        args.path.as_deref().unwrap_or(Path::new(".")),
        &Trust::given(args.trust.trust),
    )?;
    let (template, spec) = project.resolve(templates)?;
    let machine = Machine::here();
    let installable = Installable::find(&project.root, template, &spec, true)?;
    let http = args.transport == Some(Transport::Http);
    let mut server = installable.server(http, args.url.as_deref())?;
    let mut terminal = Terminal::new(ui.colored());
    let can_ask = ui.can_ask() && !args.actions.yes && !args.print;
    let hosts = if args.print && args.target.hosts.is_empty() {
        let all = HOSTS.iter();
        all.filter(|host| host.has(args.target.scope)).collect()
    } else {
        let asker = can_ask.then_some(&mut terminal as &mut dyn Ask);
        interview::hosts(&args.target.hosts, &machine, args.target.scope, asker)?
    };
    let mut settings = Settings::given(args)?;
    let asker = (can_ask && !args.actions.dry_run).then_some(&mut terminal as &mut dyn Ask);
    settings.complete(&installable, &server, !args.no_check, asker)?;
    settings.join(&mut server)?;
    settings.refuse_secrets(&installable, &hosts)?;
    if args.target.scope == Scope::User {
        server = server.with_program(|name| machine.program(name));
    }
    let mut wishes = Wishes {
        machine: &machine,
        root: &project.root,
        scope: args.target.scope,
        servers: vec![server],
        hosts,
        remove: false,
        force: args.actions.force,
    };
    if args.print {
        print(&wishes, ui);
        return Ok(());
    }
    let is_http = matches!(wishes.servers[0].run, Run::Http { .. });
    if !(is_http || args.headers.is_empty()) {
        return Err(Failure::usage("`--header` only applies to HTTP")
            .hint("leave it out, or give --transport http")
            .into());
    }
    let mut source = Source {
        installable,
        template,
        spec: &spec,
        unchanged: project.drifted() == 0,
        check: !args.no_check,
        url: args.url.as_deref(),
        headers: Headers::parse(&args.headers)?,
        env: settings.check,
    };
    let connected = connect(&mut wishes, &mut source, &args.actions, ui)?;
    ui.value(&connected.value);
    if !connected.next.is_empty() {
        ui.result(&format!("\n{BOLD}Next{BOLD:#}{}", connected.next));
    }
    connected.refused.map_or(Ok(()), Err)
}

fn print(wishes: &Wishes<'_>, ui: Ui) {
    let all = wishes.hosts.iter().map(|host| say::print(host, wishes));
    let (texts, values): (Vec<_>, Vec<_>) = all.unzip();
    ui.value(&json!({ "name": wishes.name(), "hosts": values }));
    ui.result(texts.join("\n").trim_end());
}
