//! The flags of `add` and `remove`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::trust::TrustArgs;
use crate::template::manifest::{Effect, Kind};

const EXAMPLES: &str = "\
Examples:
  create-mcp-server add tool get-weather --read-only -d 'Say what the weather is.' \\
      --param 'city:string:Where' --param 'days:integer=3:How many days ahead'
  create-mcp-server add tool list-issues --read-only --open-world -d 'List issues.' \\
      --param 'status:open|closed=open' --param 'base:string=\"https://example.org\":Base URL'
  create-mcp-server add resource app-config --uri config://app -d 'The settings in use'
  create-mcp-server add resource city --uri 'cities://{name}' -d 'A city by its name'
  create-mcp-server add prompt plan-trip --argument 'city:Where to' --argument 'style?' -d 'Plan a trip'";

/// Add a tool, a resource or a prompt to a project
///
/// Writes its file with tests, registers it, and lists it in the README. What it does is then yours to write.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = false)]
pub struct AddArgs {
    #[command(subcommand)]
    pub what: What,
}

/// What is added.
#[derive(Debug, Subcommand)]
pub enum What {
    Tool(ToolArgs),
    Resource(ResourceArgs),
    Prompt(PromptArgs),
}

/// Add a tool: something that a model can do
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct ToolArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// A parameter; give the flag again for each
    ///
    /// TYPE is string, integer, number, boolean, one of these with [] for a list, or words with | between them. ? lets it be
    /// left out, and so does a default. A text as a default stands in quotes when a colon follows: base:string="https://x":URL
    #[arg(
        short,
        long = "param",
        value_name = "NAME:TYPE[?|=DEFAULT][:TEXT]",
        help_heading = "Parameters"
    )]
    pub parameters: Vec<String>,
    /// It changes nothing: hosts may call it without asking
    #[arg(long, conflicts_with = "destructive")]
    pub read_only: bool,
    /// It may overwrite or delete
    #[arg(long)]
    pub destructive: bool,
    /// Calling it again with the same arguments has no further effect
    #[arg(long)]
    pub idempotent: bool,
    /// It interacts with things outside the server's control, such as the web
    #[arg(long)]
    pub open_world: bool,
}

impl ToolArgs {
    /// `--read-only` or `--destructive`, if one was given.
    #[must_use]
    pub fn effect(&self) -> Option<Effect> {
        match (self.read_only, self.destructive) {
            (true, _) => Some(Effect::ReadOnly),
            (_, true) => Some(Effect::Destructive),
            _ => None,
        }
    }
}

/// Add a resource: something that can be read
#[derive(Debug, Args)]
pub struct ResourceArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// Its URI, or a URI template with one variable in braces
    #[arg(short, long)]
    pub uri: Option<String>,
}

/// Add a prompt: a message that a person can pick
#[derive(Debug, Args)]
pub struct PromptArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    /// An argument, always a text; give the flag again for each
    ///
    /// ? lets it be left out, and so does a default, which stands in quotes when a colon follows.
    #[arg(
        short,
        long = "argument",
        value_name = "NAME[?|=DEFAULT][:TEXT]",
        help_heading = "Arguments"
    )]
    pub arguments: Vec<String>,
}

/// Flags of every kind of primitive.
#[derive(Debug, Args)]
pub struct CommonArgs {
    /// Its name, as clients see it
    pub name: Option<String>,
    /// What it is for: a model reads this
    #[arg(short, long, value_name = "TEXT")]
    pub description: Option<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// Which project, and how to go about it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Actions")]
pub struct PlaceArgs {
    /// The project, or a directory in it [default: the current one]
    #[arg(long, value_name = "PATH")]
    pub project: Option<PathBuf>,
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Take the defaults for everything you leave out, and do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// Show what would change, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Remove a tool, a resource or a prompt from a project
#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// What it is
    pub kind: KindArg,
    /// Its name
    pub name: String,
    /// Delete its file even if it was edited
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// A kind of primitive on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum KindArg {
    Tool,
    Resource,
    Prompt,
}

impl From<KindArg> for Kind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Tool => Self::Tool,
            KindArg::Resource => Self::Resource,
            KindArg::Prompt => Self::Prompt,
        }
    }
}
