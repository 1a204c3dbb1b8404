//! `install`: make a project ready, and let hosts find it.

mod connect;
mod ready;

use std::path::Path;

use anyhow::Result;
use serde_json::json;

use crate::{
    ask::{Ask, Terminal},
    cli::install::{InstallArgs, Transport},
    error::Failure,
    hosts::{HOSTS, entry::Run, job::Wishes, places::Machine},
    interview, launch,
    owner::Trust,
    probe::Headers,
    project::Project,
    summary::hosts as say,
    template::Template,
    ui::{BOLD, Ui},
};

pub use connect::{Connected, connect, go_ahead, perform};
pub use ready::Source;

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
    let http = args.transport == Some(Transport::Http);
    let server = launch::server(&project.root, template, &spec, http, args.url.as_deref())?
        .with_program(|name| machine.program(name));
    let hosts = if args.print && args.target.hosts.is_empty() {
        HOSTS
            .iter()
            .filter(|host| host.has(args.target.scope))
            .collect()
    } else {
        let mut terminal = Terminal::new(ui.colored());
        let asker = (ui.can_ask() && !args.actions.yes).then_some(&mut terminal as &mut dyn Ask);
        interview::hosts(&args.target.hosts, &machine, args.target.scope, asker)?
    };
    let wishes = Wishes {
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
    let http = matches!(wishes.servers[0].run, Run::Http { .. });
    if !(http || args.headers.is_empty()) {
        return Err(Failure::usage(
            "`--header` is of no use: hosts will start the server themselves",
        )
        .into());
    }
    let source = Source {
        template,
        spec: &spec,
        unchanged: project.drifted() == 0,
        check: !args.no_check,
        url: args.url.as_deref(),
        headers: Headers::parse(&args.headers)?,
        env: args.env.clone(),
    };
    let connected = connect(&wishes, &source, &args.actions, ui)?;
    ui.value(&connected.value);
    if !connected.next.is_empty() {
        ui.result(&format!("\n{BOLD}Next{BOLD:#}{}", connected.next));
    }
    Ok(())
}

fn print(wishes: &Wishes<'_>, ui: Ui) {
    let all = wishes.hosts.iter().map(|host| say::print(host, wishes));
    let (texts, values): (Vec<_>, Vec<_>) = all.unzip();
    ui.value(&json!({ "name": wishes.name(), "hosts": values }));
    ui.result(texts.join("\n").trim_end());
}
