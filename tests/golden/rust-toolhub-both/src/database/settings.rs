//! Settings of the database and of what may be asked of it.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::Args;

use crate::query::QueryLimits;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Database")]
pub struct DatabaseSettings {
    /// File that holds the database, made when it is not there; without one, data lives in memory.
    #[arg(long, env = "MCP_DATABASE_FILE", value_name = "PATH")]
    pub database_file: Option<std::path::PathBuf>,
    /// Connections to the database at the same time.
    #[arg(
        long,
        env = "MCP_DATABASE_CONNECTIONS",
        value_name = "COUNT",
        default_value = "8",
        value_parser = clap::value_parser!(u32).range(1..=100)
    )]
    pub database_connections: u32,
    /// Fill an empty database with sample orders and items.
    #[arg(
        long,
        env = "MCP_DATABASE_SEED",
        value_parser = clap::builder::BoolishValueParser::new(),
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_value = "false",
        default_missing_value = "true"
    )]
    pub database_seed: bool,
    /// How long the database may work on one request.
    #[arg(
        long,
        env = "MCP_QUERY_TIMEOUT_SECONDS",
        value_name = "SECONDS",
        default_value = "5"
    )]
    query_timeout_seconds: NonZeroU32,
    /// How many rows `run_query` returns at most.
    #[arg(
        long,
        env = "MCP_QUERY_MAX_ROWS",
        value_name = "COUNT",
        default_value = "200",
        value_parser = clap::value_parser!(u32).range(1..=10_000)
    )]
    query_max_rows: u32,
    /// How large the rows of `run_query` are at most.
    #[arg(
        long,
        env = "MCP_QUERY_MAX_BYTES",
        value_name = "BYTES",
        default_value = "262144",
        value_parser = clap::value_parser!(u32).range(1024..=1_048_576)
    )]
    query_max_bytes: u32,
    /// How long the catalog may be shown as it was last read; 0 reads it each time.
    #[arg(
        long,
        env = "MCP_CATALOG_TTL_SECONDS",
        value_name = "SECONDS",
        default_value = "30"
    )]
    catalog_ttl_seconds: u32,
}

impl DatabaseSettings {
    #[must_use]
    pub fn query_limits(&self) -> QueryLimits {
        QueryLimits {
            time: Duration::from_secs(self.query_timeout_seconds.get().into()),
            rows: self.query_max_rows as usize,
            bytes: self.query_max_bytes as usize,
        }
    }

    #[must_use]
    pub fn catalog_ttl(&self) -> Duration {
        Duration::from_secs(self.catalog_ttl_seconds.into())
    }
}

#[cfg(test)]
impl DatabaseSettings {
    /// The defaults, and sample data.
    pub(crate) fn sample() -> Self {
        use clap::FromArgMatches as _;

        // Without the variables of the one who runs the tests.
        let command = Self::augment_args(clap::Command::new("test"));
        let command = command.mut_args(|argument| argument.env(None::<&str>));
        let matches = command.get_matches_from(["test", "--database-seed"]);
        Self::from_arg_matches(&matches).unwrap()
    }
}
