//! Settings: each is a flag and an environment variable; the flag wins.

use std::env;
use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, ValueEnum};
use tracing_subscriber::filter::{LevelFilter, ParseError, Targets};

use crate::error::ConfigError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Parser)]
#[command(version, about)]
pub struct Settings {
    /// How long one request may take.
    #[arg(
        long,
        env = "MCP_REQUEST_TIMEOUT_SECONDS",
        value_name = "SECONDS",
        default_value = "60"
    )]
    request_timeout_seconds: NonZeroU32,
    /// Which log lines to write: a level, or `target=level` pairs with commas.
    #[arg(
        long,
        env = "MCP_LOG",
        value_name = "FILTER",
        default_value = "info",
        value_parser = log_filter
    )]
    pub log: Targets,
    /// How log lines are written to stderr.
    #[arg(long, env = "MCP_LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
    /// Read variables from this file too; what the environment says wins.
    #[arg(long, value_name = "PATH")]
    env_file: Option<PathBuf>,
}

impl Settings {
    /// Read the command line and the environment. Prints and exits for `--help` and `--version`.
    ///
    /// # Errors
    ///
    /// Fails when a value is not valid, values contradict each other, or the
    /// file of `--env-file` cannot be used.
    pub fn load() -> Result<Self, ConfigError> {
        let arguments: Vec<OsString> = env::args_os().collect();
        if let Some(path) = env_file(&arguments) {
            read_env_file(&path)?;
        }
        let settings = Self::try_parse_from(arguments).map_err(|error| describe(&error))?;
        Ok(settings)
    }

    #[must_use]
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_seconds.get().into())
    }
}

/// The value of `--env-file`, which must be known before the environment is read.
fn env_file(arguments: &[OsString]) -> Option<PathBuf> {
    let mut arguments = arguments.iter().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--env-file" {
            return arguments.next().map(PathBuf::from);
        }
        if let Some(path) = argument
            .to_str()
            .and_then(|it| it.strip_prefix("--env-file="))
        {
            return Some(PathBuf::from(path));
        }
    }
    None
}

/// Set the variables of a file that the environment does not set.
fn read_env_file(path: &Path) -> Result<(), ConfigError> {
    let fail = |why: String| ConfigError(format!("--env-file `{}`: {why}", path.display()));
    let mut place = "at the start".to_owned();
    // The text of a bad line is not shown: it may hold a secret.
    for entry in dotenvy::from_path_iter(path).map_err(|error| fail(error.to_string()))? {
        match entry {
            Ok((name, _)) => place = format!("after `{name}`"),
            Err(dotenvy::Error::LineParse(..)) => {
                return Err(fail(format!("the line {place} is not NAME=VALUE")));
            }
            Err(error) => return Err(fail(error.to_string())),
        }
    }
    dotenvy::from_path(path).map_err(|error| fail(error.to_string()))
}

/// What clap has to say, on one line, with the variable beside the flag.
fn describe(error: &clap::Error) -> ConfigError {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        error.exit();
    }
    let text = error.to_string();
    let text = text.split("\n\n").next().unwrap_or_default();
    let mut line = text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let mut command = Settings::command();
    command.build();
    for argument in command.get_arguments() {
        let (Some(flag), Some(variable)) = (argument.get_long(), argument.get_env()) else {
            continue;
        };
        let name = format!("{} (--{flag})", variable.display());
        let value = env::var_os(variable).unwrap_or_default();
        if error.kind() == ErrorKind::InvalidUtf8 && value.to_str().is_none() {
            return ConfigError(format!("{name} is not valid UTF-8"));
        }
        line = line.replace(&format!("'{argument}'"), &name);
    }
    ConfigError(line.trim_start_matches("error: ").to_owned())
}

/// Where the SDK writes down whole messages, arguments and results among them, and up to which
/// level it does not. Only a filter that names `rmcp` lets more through.
const QUIET: [(&str, LevelFilter); 2] = [
    ("rmcp", LevelFilter::WARN),
    ("rmcp::service", LevelFilter::ERROR),
];

/// A filter such as `info,rmcp=debug`. A misspelled level must not pass for the name of a target.
fn log_filter(text: &str) -> Result<Targets, String> {
    let words = text.split(',').map(str::trim);
    for word in words.filter(|word| !word.contains('=')) {
        if word.parse::<LevelFilter>().is_err() {
            return Err(format!(
                "`{word}` is none of off, error, warn, info, debug and trace"
            ));
        }
    }
    let filter: Targets = text
        .parse()
        .map_err(|error: ParseError| error.to_string())?;
    if filter.iter().any(|(target, _)| target.starts_with("rmcp")) {
        return Ok(filter);
    }
    let most = filter.default_level().unwrap_or(LevelFilter::OFF);
    Ok(filter.with_targets(QUIET.map(|(target, level)| (target, level.min(most)))))
}
