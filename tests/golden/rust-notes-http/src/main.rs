//! Process entry point: settings, logs, transport.

mod changes;
mod completion;
mod config;
mod error;
mod notes;
mod prompts;
mod resources;
mod runtime;
mod server;
mod tools;
// create-mcp-server:modules

use crate::{config::Settings, config::Transport, server::McpServer};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::load();
    runtime::logs::init(&settings);
    if settings.health_check {
        return runtime::health::check(&settings.http);
    }
    let server = McpServer::new(settings);
    match server.settings.transport {
        Transport::Stdio => runtime::stdio::serve(server).await,
        Transport::Http => runtime::http::serve(server).await,
    }
}
