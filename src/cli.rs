//! The command line as types, and which verb a command line means. No I/O, no default that depends on the disk.

pub mod add;
mod archived;
pub mod call;
pub mod check;
pub mod install;
mod route;
pub mod trust;
mod usage;

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

use anyhow::Result;
use clap::{
    Arg, ArgMatches, Args, ColorChoice, Command, CommandFactory as _, FromArgMatches as _, Parser,
    Subcommand,
    builder::{PossibleValue, PossibleValuesParser},
};

pub use route::Doubt;
pub use usage::usage_failure;

use crate::{
    answers::Answers,
    template::{Template, manifest::OptionSpec},
    workspace::Standing,
};

const EXAMPLES: &str = "\
Examples:
  create-mcp-server my-server                       ask for the rest, then create ./my-server
  create-mcp-server my-server --yes --build         take the defaults, build, check that it answers
  create-mcp-server . --starter minimal -t stdio    use the current, empty directory
  create-mcp-server add tool get-weather            add a tool to the project in this directory
  create-mcp-server check                           check the project in this directory
  create-mcp-server install --host cursor           install the project in Cursor

`create-mcp-server PATH` is short for `create-mcp-server new PATH`; its options: `new --help`.";

/// Create MCP server projects that provably work.
#[derive(Debug, Parser)]
#[command(
    name = "create-mcp-server",
    version,
    override_usage = "create-mcp-server [PATH] [OPTIONS]\n       create-mcp-server <COMMAND>",
    after_help = EXAMPLES,
    max_term_width = 100
)]
pub struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub verb: Verb,
}

/// Flags of every verb.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct GlobalArgs {
    /// Print the result, or the error, as one JSON object
    #[arg(long, global = true)]
    pub json: bool,
    /// Print errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print all output of the tools that it runs
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// When to use colors
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
}

impl GlobalArgs {
    /// The flags as they stand on a command line that could not be parsed.
    #[must_use]
    pub fn guess(args: &[OsString]) -> Self {
        let flags = args.iter().skip(1).take_while(|arg| *arg != "--");
        let values = flags.clone().skip(1).map(Some).chain([None]);
        let color = |(flag, next): (&OsString, Option<&OsString>)| match flag.to_str()? {
            "--color" => next?.to_str()?.parse().ok(),
            flag => flag.strip_prefix("--color=")?.parse().ok(),
        };
        Self {
            json: flags.clone().any(|arg| arg == "--json"),
            quiet: false,
            verbose: flags.clone().any(|arg| arg == "-v" || arg == "--verbose"),
            color: flags
                .zip(values)
                .find_map(color)
                .unwrap_or(ColorChoice::Auto),
        }
    }
}

/// What to do, with the flags of that verb.
#[derive(Debug, Subcommand)]
pub enum Verb {
    New(NewArgs),
    Add(add::AddArgs),
    Remove(add::RemoveArgs),
    Check(check::CheckArgs),
    Call(call::CallArgs),
    Install(install::InstallArgs),
    Uninstall(install::UninstallArgs),
    /// List languages, options and hosts, and what the project here consists of
    List,
    Completions(CompletionsArgs),
}

/// Create a project (the word `new` is optional)
///
/// On a terminal, it asks for what you leave out; --yes takes the defaults instead.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct NewArgs {
    /// Directory to create; its last component names the project. `.` uses the current directory if it is empty
    #[arg(value_hint = clap::ValueHint::DirPath)]
    pub path: Option<PathBuf>,
    /// Name of the project, if it differs from the directory's
    #[arg(short, long, help_heading = "Project")]
    pub name: Option<String>,
    /// What the server is for, in one line
    #[arg(short, long, value_name = "TEXT", help_heading = "Project")]
    pub description: Option<String>,
    /// First version of the project, in its language's form
    #[arg(long, value_name = "VERSION", help_heading = "Project")]
    pub server_version: Option<String>,
    /// Copyright holder [default: "the NAME authors"]
    #[arg(long, help_heading = "Project")]
    pub author: Option<String>,
    /// Whether the flags are those of the archived tool of this name
    #[arg(long, hide = true)]
    pub archived: bool,
    /// Programming language of the project
    #[arg(short, long, help_heading = "Project")]
    pub language: Option<String>,
    /// The template's options that were given: option id → choice id
    #[arg(skip)]
    pub options: BTreeMap<String, String>,
    /// Start from another project's answers file; flags override it
    #[arg(long, value_name = "FILE", help_heading = "Actions")]
    pub answers: Option<PathBuf>,
    /// Create a git repository, unless the directory is already in one (default)
    #[arg(long, overrides_with = "no_git", help_heading = "Actions")]
    pub git: bool,
    /// Do not create a git repository
    #[arg(long, help_heading = "Actions")]
    pub no_git: bool,
    /// Run the first build, then check that the server answers
    #[arg(long, overrides_with = "no_build", help_heading = "Actions")]
    pub build: bool,
    /// Do not build [default without a terminal]
    #[arg(long, help_heading = "Actions")]
    pub no_build: bool,
    /// Build and check the project, then install it in this host; separate several with commas
    #[arg(long, value_name = "HOST", value_delimiter = ',', value_parser = install::host_ids(), conflicts_with = "no_build", help_heading = "Actions")]
    pub install: Vec<String>,
    /// Short for --install claude-desktop
    #[arg(long, conflicts_with = "no_build", help_heading = "Actions")]
    pub claudeapp: bool,
    /// Do not install in Claude Desktop (default)
    #[arg(long, overrides_with = "claudeapp", hide = true)]
    pub no_claudeapp: bool,
    /// Take the defaults for everything you leave out, and do not ask
    #[arg(short, long, help_heading = "Actions")]
    pub yes: bool,
    /// Show what would be written, and write nothing
    #[arg(long, help_heading = "Actions")]
    pub dry_run: bool,
}

impl NewArgs {
    /// The answers among the flags.
    #[must_use]
    pub fn answers(&self) -> Answers {
        Answers {
            language: self.language.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            version: self.server_version.clone(),
            author: self.author.clone(),
            year: None,
            workspace: Standing::default(),
            options: self.options.clone(),
        }
    }

    /// `--build` or `--no-build`, if one was given; what is installed is built.
    #[must_use]
    pub fn build_choice(&self) -> Option<bool> {
        let build = self.build || !self.hosts().is_empty();
        (build || self.no_build).then_some(build)
    }

    /// The hosts that are to find the project.
    #[must_use]
    pub fn hosts(&self) -> Vec<String> {
        let claudeapp = self.claudeapp.then(|| "claude-desktop".to_owned());
        self.install.iter().cloned().chain(claudeapp).collect()
    }
}

const SHELLS: &str = "\
Where to put it:
  bash: in ~/.bashrc
    source <(create-mcp-server completions bash)
  zsh: in ~/.zshrc, after compinit
    source <(create-mcp-server completions zsh)
  fish: in ~/.config/fish/config.fish
    create-mcp-server completions fish | source
  PowerShell: in the file that $PROFILE names
    create-mcp-server completions powershell | Out-String | Invoke-Expression
  elvish: in ~/.config/elvish/rc.elv
    eval (create-mcp-server completions elvish | slurp)

The script asks the program itself, which must be on the PATH, so it stays up to date.";

/// Print a script with which a shell completes command lines
#[derive(Debug, Args)]
#[command(after_help = SHELLS)]
pub struct CompletionsArgs {
    /// The shell that is to run the script
    pub shell: clap_complete::Shell,
}

/// The whole command line, with the flags that `templates` bring.
#[must_use]
pub fn command(templates: &[Template<'_>]) -> Command {
    let languages: Vec<_> = templates.iter().map(|t| t.manifest().id.clone()).collect();
    Cli::command().mut_subcommand("new", |mut new| {
        new = new.mut_arg("language", |arg| {
            arg.value_parser(PossibleValuesParser::new(languages))
        });
        for option in merged_options(templates) {
            new = new.arg(option);
        }
        new
    })
}

/// One flag for each option id; its choices are those of all languages.
fn merged_options(templates: &[Template<'_>]) -> Vec<Arg> {
    let mut merged: Vec<OptionSpec> = Vec::new();
    for option in templates.iter().flat_map(Template::options) {
        match merged.iter_mut().find(|known| known.id == option.id) {
            Some(known) => {
                for choice in &option.choices {
                    if known.choices.iter().all(|other| other.id != choice.id) {
                        known.choices.push(choice.clone());
                    }
                }
            }
            None => merged.push(option.clone()),
        }
    }
    merged.into_iter().map(option_flag).collect()
}

fn option_flag(option: OptionSpec) -> Arg {
    let values = option
        .choices
        .into_iter()
        .map(|choice| PossibleValue::new(choice.id).help(choice.help));
    let arg = Arg::new(option.id.clone())
        .long(option.id.clone())
        .value_name(option.id.to_uppercase())
        .help(format!("{} [default: {}]", option.help, option.default))
        .help_heading("Template")
        .value_parser(PossibleValuesParser::new(values));
    match option.short {
        Some(short) => arg.short(short),
        None => arg,
    }
}

/// Parse `args` (with the program's name first).
///
/// # Errors
///
/// A [`clap::Error`] (also for `--help` and `--version`), or a usage failure for a word that is almost a verb.
pub fn parse(args: Vec<OsString>, templates: &[Template<'_>]) -> Result<Cli> {
    let mut command = command(templates);
    // So that the arguments that clap adds itself are there too.
    command.build();
    let args = archived::translate(args, |args| route::has_word(args, &command));
    let args = route::route(args, &command)?;
    let matches = command.try_get_matches_from_mut(args)?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    if let (Verb::New(new), Some((_, given))) = (&mut cli.verb, matches.subcommand()) {
        new.options = given_options(given, templates);
    }
    Ok(cli)
}

/// What `args` may mean, when they are a word alone that is almost a verb.
#[must_use]
pub fn doubt(args: &[OsString], templates: &[Template<'_>]) -> Option<Doubt> {
    let mut command = command(templates);
    command.build();
    route::doubt(args, &command)
}

fn given_options(matches: &ArgMatches, templates: &[Template<'_>]) -> BTreeMap<String, String> {
    templates
        .iter()
        .flat_map(Template::options)
        .filter_map(|option| {
            let choice = matches.get_one::<String>(&option.id)?;
            Some((option.id.clone(), choice.clone()))
        })
        .collect()
}
