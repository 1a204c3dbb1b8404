//! The flags of `call`.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::{check::Patience, trust::TrustArgs};
use crate::probe::{Era, parse_answer, parse_env};

const EXAMPLES: &str = "\
Examples:
  create-mcp-server call add-note name=monday content='Buy milk.'    a tool of the project here
  create-mcp-server call search '{\"query\": \"x\", \"limit\": 5}' -- npx some-server
  create-mcp-server call --resource note:///one --url http://127.0.0.1:8000/mcp
  create-mcp-server call --prompt summarize style=brief --json";

/// Call one tool of a server, and show what it answers
///
/// In a project, or of any server; nothing else is called. Exits with 4 when the tool answers with an error.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CallArgs {
    /// Name of the tool, then its arguments: one JSON object, or key=value each
    #[arg(required_unless_present_any = ["resource", "prompt"], value_name = "NAME [JSON | KEY=VALUE]")]
    pub words: Vec<String>,
    /// Read this resource instead
    #[arg(long, value_name = "URI", conflicts_with_all = ["prompt", "words"], help_heading = "What to ask for")]
    pub resource: Option<String>,
    /// Get this prompt instead
    #[arg(long, value_name = "NAME", help_heading = "What to ask for")]
    pub prompt: Option<String>,
    /// Answer a server that asks its client: elicitation='{…}', sampling='"…"' or roots='[…]' [default: it is refused]
    #[arg(long = "answer", value_name = "KIND=JSON", value_parser = parse_answer, help_heading = "What to ask for")]
    pub answers: Vec<(String, Value)>,
    /// Command that starts some other server, spoken to over stdio
    #[arg(last = true, value_name = "COMMAND", conflicts_with_all = ["url", "project"])]
    pub command: Vec<OsString>,
    /// Directory of the project [default: the current one]
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with = "url",
        help_heading = "Server"
    )]
    pub project: Option<PathBuf>,
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
    /// Transport of the project to use [default: the first it has]
    #[arg(long, value_enum, conflicts_with_all = ["url", "command"], help_heading = "Server")]
    pub over: Option<Over>,
    /// How to open the session [default: as the server can]
    #[arg(long, value_enum, help_heading = "Server")]
    pub era: Option<EraName>,
    #[command(flatten)]
    pub patience: Patience,
    #[command(flatten)]
    pub trust: TrustArgs,
}

/// A transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Over {
    Stdio,
    Http,
}

impl Over {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stdio => "stdio",
            Self::Http => "http",
        }
    }
}

/// An era.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EraName {
    Discover,
    Initialize,
}

impl From<EraName> for Era {
    fn from(name: EraName) -> Self {
        match name {
            EraName::Discover => Self::Discover,
            EraName::Initialize => Self::Initialize,
        }
    }
}
