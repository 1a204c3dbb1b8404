//! The command line as types, and which verb a command line means. No I/O, no default that depends on the disk.

pub mod add;
mod archived;
pub mod check;
pub mod install;
pub mod trust;

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

use anyhow::{Result, anyhow};
use clap::{
    Arg, ArgMatches, Args, ColorChoice, Command, CommandFactory as _, FromArgMatches as _, Parser,
    Subcommand,
    builder::{PossibleValue, PossibleValuesParser},
};

use crate::{
    answers::Answers,
    error::Failure,
    template::{Template, manifest::OptionSpec},
    workspace::Standing,
};

const EXAMPLES: &str = "\
Examples:
  create-mcp-server my-server                       ask the rest, then create ./my-server
  create-mcp-server my-server --yes --build         take the defaults, build, prove that it answers
  create-mcp-server . --starter minimal -t stdio    use the current, empty directory
  create-mcp-server add tool get-weather            add a tool to the project in the current directory
  create-mcp-server check                           check the project in the current directory
  create-mcp-server install --host cursor           let a host find it

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
    /// Print all output of the tools that are run
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
    Install(install::InstallArgs),
    Uninstall(install::UninstallArgs),
    /// List the languages and their options, and the hosts
    List,
    Completions(CompletionsArgs),
}

/// Create a project (also without the word `new`)
///
/// What is not given is asked on a terminal; --yes takes the defaults instead.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct NewArgs {
    /// Directory to create; its last component names the project. `.` uses the current directory if it is empty
    pub path: Option<PathBuf>,
    /// Name of the project, if not that of the directory
    #[arg(short, long, help_heading = "Project")]
    pub name: Option<String>,
    /// What the server is for, in one line
    #[arg(short, long, value_name = "TEXT", help_heading = "Project")]
    pub description: Option<String>,
    /// First version of the project (semantic, or as its language has them)
    #[arg(long, value_name = "VERSION", help_heading = "Project")]
    pub server_version: Option<String>,
    /// Who holds the copyright [default: "the NAME authors"]
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
    /// Start from the answers file of another project; flags win
    #[arg(long, value_name = "FILE", help_heading = "Actions")]
    pub answers: Option<PathBuf>,
    /// Create a git repository, unless already inside one (default)
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
    /// Build and check it, then let this host find it; give several with commas, or the flag again
    #[arg(long, value_name = "HOST", value_delimiter = ',', value_parser = install::host_ids(), conflicts_with = "no_build", help_heading = "Actions")]
    pub install: Vec<String>,
    /// Short for --install claude-desktop
    #[arg(long, conflicts_with = "no_build", help_heading = "Actions")]
    pub claudeapp: bool,
    /// Do not install in Claude Desktop (default)
    #[arg(long, overrides_with = "claudeapp", hide = true)]
    pub no_claudeapp: bool,
    /// Take the default for everything that is not given, and do not ask
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

/// Print a completion script for a shell
#[derive(Debug, Args)]
pub struct CompletionsArgs {
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
    let args = archived::translate(args, |args| next_word(args, 1, &command).is_some());
    let args = route(args, &command)?;
    let matches = command.try_get_matches_from_mut(args)?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    if let (Verb::New(new), Some((_, given))) = (&mut cli.verb, matches.subcommand()) {
        new.options = given_options(given, templates);
    }
    Ok(cli)
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

/// Put the verb first: the first word that is no flag decides, and a command line without a verb means `new`.
fn route(mut args: Vec<OsString>, command: &Command) -> Result<Vec<OsString>> {
    let verbs: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    let Some(at) = next_word(&args, 1, command) else {
        let about_program =
            |arg: &OsString| matches!(arg.to_str(), Some("-h" | "--help" | "-V" | "--version"));
        if !args
            .iter()
            .skip(1)
            .take_while(|arg| *arg != "--")
            .any(about_program)
        {
            args.insert(1, "new".into());
        }
        return Ok(args);
    };
    let word = args[at].to_str().unwrap_or_default().to_owned();
    if verbs.contains(&word.as_str()) {
        let verb = args.remove(at);
        args.insert(1, verb);
    } else if let Some(verb) = almost_verb(&word, &verbs) {
        return Err(Failure::usage(format!("`{word}` is no command; `{verb}` is"))
            .hint(format!("use `create-mcp-server {verb}`, or `create-mcp-server new {word}` for a project called `{word}`"))
            .into());
    } else {
        let second = next_word(&args, at + 1, command).and_then(|at| args[at].to_str());
        if let Some(verb) = second.filter(|second| verbs.contains(second)) {
            return Err(Failure::usage(format!("`{word}` and the command `{verb}` do not go together"))
                .hint(format!("use `create-mcp-server {verb} {word}`, or `create-mcp-server {word}` to create a project"))
                .into());
        }
        args.insert(1, "new".into());
    }
    Ok(args)
}

/// A bare word (no path) within edit distance 2 of a verb.
fn almost_verb<'a>(word: &str, verbs: &[&'a str]) -> Option<&'a str> {
    if word.contains(['/', '\\', '.']) {
        return None;
    }
    let distance = |verb: &&str| strsim::damerau_levenshtein(word, verb);
    verbs
        .iter()
        .copied()
        .min_by_key(distance)
        .filter(|verb| distance(verb) <= 2)
}

/// Index of the first argument at or after `at` that is neither a flag nor a flag's value.
fn next_word(args: &[OsString], mut at: usize, command: &Command) -> Option<usize> {
    while at < args.len() {
        let arg = args[at].to_string_lossy();
        if arg == "--" {
            return None;
        } else if let Some(long) = arg.strip_prefix("--") {
            let takes_next =
                !long.contains('=') && takes_value(command, |arg| arg.get_long() == Some(long));
            at += if takes_next { 2 } else { 1 };
        } else if let Some(shorts) = arg.strip_prefix('-').filter(|shorts| !shorts.is_empty()) {
            let with_value = shorts
                .char_indices()
                .find(|(_, c)| takes_value(command, |arg| arg.get_short() == Some(*c)));
            let takes_next =
                with_value.is_some_and(|(index, c)| index + c.len_utf8() == shorts.len());
            at += if takes_next { 2 } else { 1 };
        } else {
            return Some(at);
        }
    }
    None
}

fn takes_value(command: &Command, is: impl Fn(&Arg) -> bool) -> bool {
    command
        .get_subcommands()
        .chain([command])
        .flat_map(Command::get_arguments)
        .any(|arg| is(arg) && arg.get_action().takes_values())
}

/// What a usage error of clap says, as a message and a hint.
///
/// # Errors
///
/// Gives `error` back when it is no usage error, such as `--help`.
pub fn usage_failure(error: clap::Error) -> std::result::Result<anyhow::Error, clap::Error> {
    if !error.use_stderr() {
        return Err(error);
    }
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let (message, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let tip = rest
        .lines()
        .filter_map(|line| line.trim().strip_prefix("tip: "));
    let similar = tip.into_iter().find(|tip| tip.contains("similar"));
    let hint = similar.unwrap_or("see --help");
    Ok(anyhow!(Failure::usage(message).hint(hint)))
}
