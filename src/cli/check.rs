//! The flags of `check`.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use clap::Args;
use serde_json::{Map, Value};

use super::trust::TrustArgs;
use crate::probe::{parse_call, parse_env};

const EXAMPLES: &str = "\
Examples:
  create-mcp-server check                                      the project in the current directory
  create-mcp-server check -- ./some-server --verbose           any server that speaks over stdio
  create-mcp-server check --url http://127.0.0.1:8000/mcp      a server that is running
  create-mcp-server check --call 'add-note={\"name\":\"a\",\"content\":\"b\"}'";

/// Start a server and try everything it offers, as a client would
///
/// Goes through every transport in both protocol eras: opens, lists, calls what is safe to call, reads, completes,
/// shuts down. Exits with 4 when the server fails.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CheckArgs {
    /// Directory of the project to check [default: the current one]
    #[arg(conflicts_with_all = ["url", "command"])]
    pub path: Option<PathBuf>,
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Command that starts some other server, spoken to over stdio
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "url")]
    pub command: Vec<OsString>,
    /// Address of a running server
    #[arg(long, value_name = "URL", help_heading = "Server")]
    pub url: Option<String>,
    /// Send a header with every HTTP request
    #[arg(long = "header", value_name = "NAME: VALUE", help_heading = "Server")]
    pub headers: Vec<String>,
    /// Set a variable in the environment of the server
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = parse_env, help_heading = "Server", conflicts_with = "url")]
    pub env: Vec<(String, String)>,
    /// Call this tool too, with these arguments, in each session; it must succeed
    #[arg(long = "call", value_name = "NAME={…}", value_parser = parse_call, help_heading = "Check")]
    pub calls: Vec<(String, Map<String, Value>)>,
    /// Give up after this time in all
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = parse_seconds, help_heading = "Check")]
    pub timeout: Duration,
    /// Exit with 4 for warnings too
    #[arg(long, help_heading = "Check")]
    pub strict: bool,
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds @ 1..=86_400) => Ok(Duration::from_secs(seconds)),
        _ => Err("give whole seconds, from 1 to 86400".to_owned()),
    }
}
