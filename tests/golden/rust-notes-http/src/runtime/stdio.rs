//! The stdio transport: one client, which started this process.

use std::io::IsTerminal as _;

use rmcp::{ServiceExt as _, service::ServerInitializeError, transport::io::stdio_pipes};
use tokio_util::io::InspectReader;

use crate::server::McpServer;

/// Serve until the client closes stdin. Ctrl-C and SIGTERM end the process at once.
pub async fn serve(server: McpServer) -> anyhow::Result<()> {
    ctrlc::set_handler(|| std::process::exit(0))?;
    if std::io::stdin().is_terminal() {
        eprintln!("waiting for an MCP client on stdin; to try the server, run `make inspect`");
    }
    let (input, output) = stdio_pipes();
    let stop = server.stop.clone();
    let input = InspectReader::new(input, move |bytes| {
        if bytes.is_empty() {
            // At the end of stdin, rmcp would wait for streams of notifications to end by themselves.
            stop.cancel();
        }
    });
    match server.serve((input, output)).await {
        // The client left before it asked for anything.
        Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
        session => Ok(session?.waiting().await.map(drop)?),
    }
}
