//! Connections: how many there are, how long one may wait for a request, how they end.

use std::convert::Infallible;
use std::io::{self, ErrorKind, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// What a connection holds at most of what it has received, a request's headers included.
const MAX_BUFFER_BYTES: usize = 64 * 1024;

/// How long to wait when no connection can be accepted, as when all file descriptors are taken.
const PAUSE: Duration = Duration::from_millis(100);

/// How long connections are kept for one more request after the server was told to stop.
pub(super) const LAST_REQUEST_TIME: Duration = Duration::from_secs(1);

/// The answer to a connection that is one too many.
const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    connection: close\r\ncontent-length: 0\r\nretry-after: 1\r\n\r\n";

#[derive(Debug, Clone, Copy)]
pub(super) struct ConnectionLimits {
    pub(super) open: u32,
    /// How long the headers of a request may take, and the pause before it.
    pub(super) header_time: Duration,
}

/// Serve `site` until `shutdown` is cancelled, and then until the last connection is closed.
pub(super) async fn serve(
    listener: TcpListener,
    site: Router,
    limits: ConnectionLimits,
    shutdown: CancellationToken,
) {
    let connections = Connections::new(site, limits, shutdown.clone());
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = shutdown.cancelled() => break,
        };
        connections.open(stream, peer);
    }
    if let Err(error) = connections.open_waiting(listener) {
        tracing::debug!(%error, "cannot accept what waits to be");
    }
    connections.close(limits.open).await;
}

/// The open connections.
struct Connections {
    http: http1::Builder,
    site: Router,
    slots: Arc<Semaphore>,
    open: GracefulShutdown,
    shutdown: CancellationToken,
}

impl Connections {
    fn new(site: Router, limits: ConnectionLimits, shutdown: CancellationToken) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(limits.header_time)
            .max_buf_size(MAX_BUFFER_BYTES);
        Self {
            http,
            site,
            slots: Arc::new(Semaphore::new(limits.open as usize)),
            open: GracefulShutdown::new(),
            shutdown,
        }
    }

    fn open(&self, stream: TcpStream, peer: SocketAddr) {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            refuse(stream);
            return;
        };
        let site = TowerToHyperService::new(self.site.clone());
        let shutdown = self.shutdown.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let response = site.call(request);
            let shutdown = shutdown.clone();
            async move {
                let mut response = response.await?;
                if shutdown.is_cancelled() {
                    let close = HeaderValue::from_static("close");
                    response.headers_mut().insert(CONNECTION, close);
                }
                Ok::<_, Infallible>(response)
            }
        });
        let connection = self.http.serve_connection(TokioIo::new(stream), service);
        let connection = self.open.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection failed");
            }
            drop(slot);
        });
    }

    /// Open what the system has taken for us already; it refuses what comes later.
    fn open_waiting(&self, listener: TcpListener) -> io::Result<()> {
        let listener = listener.into_std()?;
        while let Ok((stream, peer)) = listener.accept() {
            stream.set_nonblocking(true)?;
            self.open(TcpStream::from_std(stream)?, peer);
        }
        Ok(())
    }

    /// Wait until all are closed. A proxy may be about to send a request on one that it knows as open: each gets
    /// some time to do so, and the answer tells it to close.
    async fn close(self, all: u32) {
        let closed = self.slots.acquire_many(all);
        let in_time = tokio::time::timeout(LAST_REQUEST_TIME, closed).await;
        if in_time.is_err() {
            self.open.shutdown().await;
        }
    }
}

/// The next connection. What fails is either that connection's own fault, or passes with time.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Without TCP_NODELAY a streamed reply waits some 40 ms for a delayed ACK.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "cannot set TCP_NODELAY");
                }
                return (stream, peer);
            }
            Err(error) if gone(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept connections");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Whether a client left before it was accepted.
fn gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    )
}

fn refuse(stream: TcpStream) {
    tracing::warn!("connection refused: too many are open");
    // What does not fit into the empty buffer of a new connection is not waited for.
    let sent = stream
        .into_std()
        .and_then(|mut stream| stream.write_all(REFUSAL));
    if let Err(error) = sent {
        tracing::debug!(%error, "the client is gone");
    }
}
