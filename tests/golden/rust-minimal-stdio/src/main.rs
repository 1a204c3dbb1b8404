//! Process entry point: settings, logs, transport.

mod config;
mod error;
mod runtime;
mod server;
mod tools;
// create-mcp-server:modules

use tracing_subscriber::prelude::*;

use crate::{config::Settings, server::McpServer};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::load();
    // stdout belongs to the protocol.
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = lines.with_filter(settings.log.clone());
    tracing_subscriber::registry().with(lines).init();
    runtime::stdio::serve(McpServer::new(settings)).await
}
