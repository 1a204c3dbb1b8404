//! The flags of `install` and `uninstall`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, builder::PossibleValuesParser};
use http::Uri;

use super::trust::TrustArgs;
use crate::{
    hosts::{HOSTS, Scope},
    probe::parse_env,
};

const INSTALL_EXAMPLES: &str = "\
Examples:
  create-mcp-server install --host cursor                  add this project to Cursor
  create-mcp-server install --host vscode,zed --dry-run    show what would change in their files
  create-mcp-server install --host claude-code --scope project
  create-mcp-server install --host kiro --env MCP_LOG=debug --env API_KEY
  create-mcp-server install --host claude-desktop --env-file ~/my-server.env
  create-mcp-server install --print                        each host's entry, to copy

`create-mcp-server list` shows which hosts are on this machine.";

const UNINSTALL_EXAMPLES: &str = "\
Examples:
  create-mcp-server uninstall --host cursor
  create-mcp-server uninstall ../my-server --host vscode,zed --yes";

/// Add a project to hosts, the apps that run servers
///
/// Builds the project for release, checks that it answers, shows the command that the hosts will run, and adds one entry
/// to the list of each. Everything else in their files stays as it is, and a copy of each file is kept beside it.
#[derive(Debug, Args)]
#[command(after_help = INSTALL_EXAMPLES)]
pub struct InstallArgs {
    /// Directory of the project [default: the current one]
    pub path: Option<PathBuf>,
    #[command(flatten)]
    pub target: HostArgs,
    /// How hosts reach a project that serves both [default: stdio]
    #[arg(short, long, value_enum, help_heading = "Entry")]
    pub transport: Option<Transport>,
    /// Address of the server, if it is not the project's default; implies --transport http
    #[arg(long, value_name = "URL", value_parser = parse_url, help_heading = "Entry")]
    pub url: Option<String>,
    /// Set a variable of the server, in the entry and for the check; with NAME alone, the host supplies the value
    #[arg(long = "env", value_name = "NAME[=VALUE]", value_parser = parse_setting, help_heading = "Entry")]
    pub env: Vec<Setting>,
    /// Let the server read variables from a file, in the form that the host supports
    #[arg(long, value_name = "PATH", help_heading = "Entry")]
    pub env_file: Option<PathBuf>,
    /// Set a variable for the check only; it is not written to any host
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_env, help_heading = "Check", conflicts_with_all = ["no_check", "url"])]
    pub check_env: Vec<(String, String)>,
    /// Send a header with every HTTP request of the check; it is not written to any host
    #[arg(
        long = "header",
        value_name = "NAME: VALUE",
        help_heading = "Check",
        conflicts_with = "no_check"
    )]
    pub headers: Vec<String>,
    /// Print the entry for each host, and write nothing
    #[arg(long, conflicts_with_all = ["dry_run", "yes", "force", "check_env", "headers"], help_heading = "Actions")]
    pub print: bool,
    /// Skip the check that the server answers
    #[arg(long, help_heading = "Actions")]
    pub no_check: bool,
    #[command(flatten)]
    pub trust: TrustArgs,
    #[command(flatten)]
    pub actions: ActionArgs,
}

/// Remove a project from the lists of hosts
///
/// Right after `install`, each file is restored byte for byte; later, only the entry is removed.
#[derive(Debug, Args)]
#[command(after_help = UNINSTALL_EXAMPLES)]
pub struct UninstallArgs {
    /// Directory of the project [default: the current one]
    pub path: Option<PathBuf>,
    #[command(flatten)]
    pub target: HostArgs,
    #[command(flatten)]
    pub actions: ActionArgs,
}

/// Whose lists.
#[derive(Debug, Args)]
pub struct HostArgs {
    /// Host whose list to change; separate several with commas, or repeat the flag
    #[arg(long = "host", value_name = "ID", value_delimiter = ',', value_parser = host_ids(), help_heading = "Hosts")]
    pub hosts: Vec<String>,
    /// Which list to change: yours, or the one in the project's folder
    #[arg(long, value_enum, default_value_t = Scope::User, help_heading = "Hosts")]
    pub scope: Scope,
}

/// How far to go.
#[derive(Debug, Args)]
pub struct ActionArgs {
    /// Replace or remove an entry of the same name that belongs to something else
    #[arg(long, help_heading = "Actions")]
    pub force: bool,
    /// Show what would change, and write nothing
    #[arg(long, help_heading = "Actions")]
    pub dry_run: bool,
    /// Do it without asking
    #[arg(short, long, help_heading = "Actions")]
    pub yes: bool,
}

/// How a host reaches a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Transport {
    /// The host starts it
    Stdio,
    /// It is already running, at an address
    Http,
}

/// A variable of the server, and its value unless the host has it.
pub type Setting = (String, Option<String>);

fn parse_setting(text: &str) -> Result<Setting, String> {
    let (name, value) = match text.split_once('=') {
        Some(_) => parse_env(text).map(|(name, value)| (name, Some(value)))?,
        None => (text.to_owned(), None),
    };
    let starts = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok((name, value));
    }
    Err("write it as `NAME=value`, or `NAME` for a variable that the host supplies".to_owned())
}

/// The ids of all hosts.
#[must_use]
pub fn host_ids() -> PossibleValuesParser {
    PossibleValuesParser::new(HOSTS.iter().map(|host| host.id))
}

fn parse_url(text: &str) -> Result<String, String> {
    let wrong = || "give an address such as http://127.0.0.1:8000/mcp".to_owned();
    let url: Uri = text.parse().map_err(|_| wrong())?;
    match (url.scheme_str(), url.authority()) {
        (Some("http" | "https"), Some(authority)) if !authority.as_str().contains('@') => {
            Ok(text.to_owned())
        }
        _ => Err(wrong()),
    }
}
