//! The stdio transport: one client, which started this process.

use rmcp::ServiceExt as _;
use rmcp::service::{QuitReason, ServerInitializeError};
use rmcp::transport::io::stdio_pipes;
use tokio_util::sync::CancellationToken;

use crate::McpServer;

/// Serve until the client closes stdin or `shutdown` is cancelled.
///
/// # Errors
///
/// Fails when the opening exchange does, unless the client has merely gone away.
pub async fn serve(
    server: McpServer,
    shutdown: CancellationToken,
) -> Result<(), Box<dyn std::error::Error>> {
    tracing::info!(transport = "stdio", "server ready");
    let pipes = stdio_pipes();
    let running = match server.serve_with_ct(pipes, shutdown).await {
        Ok(running) => running,
        Err(
            ServerInitializeError::Cancelled
            | ServerInitializeError::ConnectionClosed(_)
            | ServerInitializeError::TransportError { .. },
        ) => {
            tracing::info!("the client left before the handshake");
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    match running.waiting().await? {
        QuitReason::JoinError(error) => Err(error.into()),
        reason => {
            tracing::info!(?reason, "session ended");
            Ok(())
        }
    }
}
