//! Connections: how many there may be, and how long one may take for the headers of a request. axum's own `serve` has
//! neither limit.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::{Router, body::Body};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::runtime::http::HttpSettings;

/// Serve until `stop`, then until the requests that are open have ended.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: &HttpSettings,
    stop: CancellationToken,
) -> io::Result<()> {
    let header_time = Duration::from_secs(settings.header_timeout_seconds);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new());
    http.header_read_timeout((!header_time.is_zero()).then_some(header_time));
    let most = match settings.max_connections {
        0 => Semaphore::MAX_PERMITS,
        most => most,
    };
    let slots = Arc::new(Semaphore::new(most));
    let graceful = GracefulShutdown::new();
    loop {
        let next = async { (slots.clone().acquire_owned().await, listener.accept().await) };
        let (slot, accepted) = tokio::select! {
            next = next => next,
            () = stop.cancelled() => break,
        };
        let Ok((stream, peer)) = accepted else {
            // There are no descriptors left, most likely.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        // Otherwise the second part of a reply waits for 40 ms.
        stream.set_nodelay(true)?;
        let service = router.clone().map_request(move |mut request: Request<_>| {
            let extensions = request.extensions_mut();
            extensions.insert(ConnectInfo::<SocketAddr>(peer));
            request.map(Body::new)
        });
        let service = TowerToHyperService::new(service);
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _slot = slot;
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection failed");
            }
        });
    }
    drop(listener);
    graceful.shutdown().await;
    Ok(())
}
