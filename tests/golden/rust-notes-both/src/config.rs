//! Settings: each is a flag and an environment variable; the flag wins.

use clap::{CommandFactory as _, Parser, ValueEnum, error::ErrorKind};

use crate::runtime::http::HttpSettings;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Transport {
    Stdio,
    Http,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Settings {
    /// How long a call may take, in seconds; 0 for any time.
    #[arg(long, env = "MCP_REQUEST_TIMEOUT_SECONDS", default_value_t = 60)]
    pub request_timeout_seconds: u64,
    /// Which log lines to write: a level, or `target=level` pairs with commas.
    #[arg(long, env = "MCP_LOG", default_value = "info,rmcp=warn")]
    pub log: tracing_subscriber::filter::Targets,
    /// How log lines are written to stderr.
    #[arg(long, env = "MCP_LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
    #[command(flatten)]
    pub http: HttpSettings,
    /// How clients reach the server.
    #[arg(long, env = "MCP_TRANSPORT", value_enum, default_value = "stdio")]
    pub transport: Transport,
    /// Read variables from this file too; what the environment says wins.
    #[arg(long, value_name = "PATH")]
    env_file: Option<String>,
}

impl Settings {
    /// Read all settings, or exit with 2.
    pub fn load() -> Self {
        let file = Self::parse().env_file;
        if file.is_some_and(|path| dotenvy::from_path(path).is_err()) {
            // Without the reason: the bad line may hold a secret.
            let text = "the file of --env-file is missing, or a line of it is not NAME=VALUE";
            Self::command().error(ErrorKind::Io, text).exit();
        }
        let settings = Self::parse();
        if settings.transport == Transport::Http
            && let Err(text) = settings.http.check()
        {
            let error = Self::command().error(ErrorKind::ValueValidation, text);
            error.exit();
        }
        settings
    }
}
