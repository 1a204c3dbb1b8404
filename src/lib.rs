//! Scaffolds MCP server projects and proves that they work.

pub mod answers;
pub mod apply;
pub mod ask;
pub mod cli;
pub mod commands;
pub mod edit;
pub mod error;
pub mod extend;
pub mod hosts;
pub mod interview;
pub mod launch;
pub mod name;
pub mod owner;
pub mod parameter;
pub mod plan;
pub mod probe;
pub mod project;
pub mod read;
pub mod signal;
pub mod spec;
pub mod step;
pub mod summary;
pub mod template;
pub mod ui;
pub mod version;
pub mod workspace;

use std::{ffi::OsString, process::ExitCode};

use anyhow::Result;

use ask::Terminal;
use cli::{Cli, GlobalArgs, Verb};
use ui::Ui;

/// Run the program with the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let outcome = template::embedded().and_then(|templates| {
        if let Some(answered) = commands::completions::answer(&args, &templates) {
            return answered;
        }
        signal::install()?;
        let args = meant(args.clone(), &templates)?;
        let cli = cli::parse(args, &templates)?;
        dispatch(&cli, &templates, Ui::new(&cli.global))?;
        ui::delivered()
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(error, &args),
    }
}

/// The arguments, or what a person on a terminal says they mean.
fn meant(args: Vec<OsString>, templates: &[template::Template<'_>]) -> Result<Vec<OsString>> {
    let ui = Ui::new(&GlobalArgs::guess(&args));
    match cli::doubt(&args, templates) {
        Some(doubt) if ui.can_ask() => {
            let verb = interview::meant(&doubt, &mut Terminal::new(ui.colored()))?;
            let program = args.into_iter().take(1);
            Ok(program
                .chain(verb.into_iter().map(OsString::from))
                .collect())
        }
        _ => Ok(args),
    }
}

fn dispatch(cli: &Cli, templates: &[template::Template<'_>], ui: Ui) -> Result<()> {
    match &cli.verb {
        Verb::New(args) => commands::new::run(args, templates, ui),
        Verb::Add(args) => commands::add::run(args, templates, ui),
        Verb::Remove(args) => commands::remove::run(args, templates, ui),
        Verb::Check(args) => commands::check::run(args, templates, ui),
        Verb::Call(args) => commands::call::run(args, templates, ui),
        Verb::Install(args) => commands::install::run(args, templates, ui),
        Verb::Uninstall(args) => commands::uninstall::run(args, templates, ui),
        Verb::List => {
            commands::list::run(templates, ui);
            Ok(())
        }
        Verb::Completions(args) => commands::completions::run(args, ui),
    }
}

fn fail(error: anyhow::Error, args: &[OsString]) -> ExitCode {
    let ui = Ui::new(&GlobalArgs::guess(args));
    let error = match error.downcast::<clap::Error>() {
        Ok(clap) => match cli::usage_failure(clap) {
            Ok(failure) => failure,
            Err(help) => {
                ui.help(&help);
                return ExitCode::SUCCESS;
            }
        },
        Err(error) => error,
    };
    ui.error(&error);
    ExitCode::from(error::code(&error) as u8)
}
