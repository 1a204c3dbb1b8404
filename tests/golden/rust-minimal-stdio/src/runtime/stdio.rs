//! The stdio transport: one client, which started this process.

use std::io::IsTerminal as _;

use rmcp::{ServiceExt as _, service::ServerInitializeError, transport::io::stdio_pipes};

use crate::server::McpServer;

/// Serve until the client closes stdin. Ctrl-C and SIGTERM end the process at once.
pub async fn serve(server: McpServer) -> anyhow::Result<()> {
    ctrlc::set_handler(|| std::process::exit(0))?;
    if std::io::stdin().is_terminal() {
        eprintln!("waiting for an MCP client on stdin; to try the server, run `make inspect`");
    }
    match server.serve(stdio_pipes()).await {
        // The client left before it asked for anything.
        Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
        session => Ok(session?.waiting().await.map(drop)?),
    }
}
