//! The flags of `check`.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use clap::{Args, ValueEnum, builder::PossibleValuesParser};
use serde_json::{Map, Value};

use super::trust::TrustArgs;
use crate::{
    hosts::HOSTS,
    probe::{Format, Options, parse_answer, parse_call, parse_env},
};

const EXAMPLES: &str = "\
Examples:
  create-mcp-server check                                      the project in the current directory
  create-mcp-server check -- ./some-server --verbose           any server that speaks over stdio
  create-mcp-server check --url http://127.0.0.1:8000/mcp      a server that is running
  create-mcp-server check --calls -- npx some-server           call its safe tools too
  create-mcp-server check --call 'add-note={\"name\":\"a\",\"content\":\"b\"}'";

/// Start a server and try everything it offers, as a client would
///
/// Goes through every transport in both protocol eras: opens, lists, calls what is safe to call, reads, completes,
/// shuts down. Exits with 4 when the server fails.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct CheckArgs {
    /// Directory of the project to check [default: the current one]
    #[arg(conflicts_with_all = ["url", "command"])]
    pub path: Option<PathBuf>,
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Command that starts some other server, spoken to over stdio
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "url")]
    pub command: Vec<OsString>,
    /// Check every server that this host lists, or `all` hosts; give several with commas
    #[arg(long = "host", value_name = "ID", value_delimiter = ',', value_parser = hosts(), conflicts_with_all = ["path", "url", "command", "baseline", "format"], help_heading = "Server")]
    pub hosts: Vec<String>,
    /// Address of a running server
    #[arg(long, value_name = "URL", help_heading = "Server")]
    pub url: Option<String>,
    /// Trust the certificates in this file instead of the system's
    #[arg(long, value_name = "FILE", requires = "url", help_heading = "Server")]
    pub ca: Option<PathBuf>,
    /// Send a header with every HTTP request
    #[arg(long = "header", value_name = "NAME: VALUE", help_heading = "Server")]
    pub headers: Vec<String>,
    /// Set a variable in the environment of the server
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = parse_env, help_heading = "Server", conflicts_with = "url")]
    pub env: Vec<(String, String)>,
    /// Call this tool too, with these arguments; it must succeed
    #[arg(long = "call", value_name = "NAME={…}", value_parser = parse_call, help_heading = "Calls")]
    pub named_calls: Vec<(String, Map<String, Value>)>,
    /// Call the tools of another server that are safe to call (default for a project)
    #[arg(long, help_heading = "Calls")]
    pub calls: bool,
    /// Call no tool at all
    #[arg(long, conflicts_with_all = ["calls", "named_calls"], help_heading = "Calls")]
    pub no_calls: bool,
    /// Do not call this tool
    #[arg(long, value_name = "NAME", help_heading = "Calls")]
    pub skip: Vec<String>,
    /// Answer a server that asks its client: elicitation='{…}', sampling='"…"' or roots='[…]' [default: it is refused]
    #[arg(long = "answer", value_name = "KIND=JSON", value_parser = parse_answer, help_heading = "Calls")]
    pub answers: Vec<(String, Value)>,
    /// Exit with 4 for warnings too
    #[arg(long, help_heading = "Verdict")]
    pub strict: bool,
    /// Do not report findings of this kind
    #[arg(
        long,
        value_name = "CODE",
        value_delimiter = ',',
        help_heading = "Verdict"
    )]
    pub ignore: Vec<String>,
    /// Warn when the server costs a model more tokens [default: 10000]
    #[arg(long, value_name = "NUMBER", help_heading = "Verdict")]
    pub max_tokens: Option<usize>,
    /// Settings of the check [default: mcp-check.toml, if there is one]
    #[arg(long, value_name = "FILE", help_heading = "Verdict")]
    pub config: Option<PathBuf>,
    /// Compare what clients see with what this file records; exit with 3 for a breaking change
    #[arg(long, value_name = "FILE", help_heading = "Verdict")]
    pub baseline: Option<PathBuf>,
    /// Record what clients see in the file of --baseline
    #[arg(long, requires = "baseline", help_heading = "Verdict")]
    pub update_baseline: bool,
    /// How to write the report
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Report")]
    pub format: Option<FormatName>,
    /// Write the report to this file
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub patience: Patience,
}

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatName {
    /// A table for people
    Text,
    /// One JSON object, the same as --json
    Json,
    /// Annotations of GitHub Actions
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML
    Junit,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Text => Self::Text,
            FormatName::Json => Self::Json,
            FormatName::Github => Self::Github,
            FormatName::Sarif => Self::Sarif,
            FormatName::Junit => Self::Junit,
        }
    }
}

/// How long to wait.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Time")]
pub struct Patience {
    /// Give up after this time in all [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub timeout: Option<Duration>,
    /// Wait this long for one answer [default: 10, or more with a longer --timeout]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub step_timeout: Option<Duration>,
    /// Wait this long for a server to open [default: 30, or more with a longer --timeout]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub open_timeout: Option<Duration>,
}

impl Patience {
    /// Set what is given, and what follows from it: who waits longer in all waits longer for each answer.
    pub fn apply(&self, options: &mut Options) {
        let usual = options.timeout;
        let longest = [self.step_timeout, self.open_timeout];
        let longest = longest.into_iter().flatten().max().unwrap_or_default();
        options.timeout = self.timeout.unwrap_or(usual).max(match self.timeout {
            Some(_) => Duration::ZERO,
            None => longest,
        });
        let share = options.timeout.as_secs_f64() / usual.as_secs_f64();
        let raised = |usual: Duration| usual.mul_f64(share.max(1.0));
        options.step = self.step_timeout.unwrap_or(raised(options.step));
        options.open = self.open_timeout.unwrap_or(raised(options.open));
    }
}

fn hosts() -> PossibleValuesParser {
    PossibleValuesParser::new(HOSTS.iter().map(|host| host.id).chain(["all"]))
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds @ 1..=86_400) => Ok(Duration::from_secs(seconds)),
        _ => Err("give whole seconds, from 1 to 86400".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_time_in_all_is_a_longer_time_for_each() {
        let times = |timeout, step_timeout, open_timeout| {
            let seconds = |it: Option<u64>| it.map(Duration::from_secs);
            let mut options = Options::default();
            Patience {
                timeout: seconds(timeout),
                step_timeout: seconds(step_timeout),
                open_timeout: seconds(open_timeout),
            }
            .apply(&mut options);
            [options.timeout, options.step, options.open].map(|it| it.as_secs())
        };
        assert_eq!(times(None, None, None), [60, 10, 30]);
        assert_eq!(times(Some(5), None, None), [5, 10, 30]);
        assert_eq!(times(Some(120), None, None), [120, 20, 60]);
        assert_eq!(times(Some(120), Some(3), None), [120, 3, 60]);
        assert_eq!(times(None, None, Some(90)), [90, 15, 90]);
    }
}
