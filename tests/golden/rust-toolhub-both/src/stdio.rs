//! The stdio transport: one client, which started this process.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use rmcp::ServiceExt as _;
use rmcp::service::{QuitReason, ServerInitializeError};
use rmcp::transport::io::stdio_pipes;
use tokio::io::AsyncWrite;
use tokio_util::sync::CancellationToken;

use crate::McpServer;

/// Serve until the client closes stdin or stdout, or `shutdown` is cancelled.
///
/// # Errors
///
/// Fails when the opening exchange does, unless the client has merely gone away.
pub async fn serve(
    server: McpServer,
    shutdown: CancellationToken,
) -> Result<(), Box<dyn std::error::Error>> {
    tracing::info!(transport = "stdio", "server ready");
    let (input, pipe) = stdio_pipes();
    let closed = shutdown.child_token();
    let output = Output {
        pipe,
        closed: closed.clone(),
    };
    let running = match server.serve_with_ct((input, output), closed).await {
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

/// A writer that cancels a token when nobody reads what is written.
struct Output<W> {
    pipe: W,
    closed: CancellationToken,
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Output<W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.pipe).poll_write(context, bytes);
        if matches!(poll, Poll::Ready(Err(_))) {
            self.closed.cancel();
        }
        poll
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_shutdown(context)
    }
}
