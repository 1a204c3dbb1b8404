//! The Streamable HTTP transport: its routes, their guards, and a shutdown
//! that lets open requests finish.

pub mod bearer;
pub mod budget;
pub mod caller;
pub mod connections;
pub mod endpoint;
pub mod guard;
pub mod metrics;
pub mod peer;
pub mod probes;
pub mod refusals;
pub mod request;
pub mod sessions;
pub mod settings;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::McpServer;
use connections::ConnectionLimits;
use endpoint::Endpoint;
use guard::Guard;
use metrics::Metrics;
use request::Requests;
use settings::HttpSettings;

/// How long connections may take to close once their streams are cut.
const CLOSE_TIME: Duration = Duration::from_secs(1);

/// Serve until `shutdown` is cancelled, then let open requests finish within the grace time.
///
/// # Errors
///
/// Fails when a port cannot be listened on.
pub async fn serve(
    server: McpServer,
    settings: &HttpSettings,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let probes = probes::routes(shutdown.clone());
    let shutdown = delayed(shutdown, settings.shutdown_delay());
    end_changes_first(&server, &shutdown);
    let streams = CancellationToken::new();
    let calls = TaskTracker::new();
    let sessions = sessions(settings);
    let requests = Requests::new(Metrics::new(&server));
    let metrics = metrics_route(requests.metrics.clone(), Arc::clone(&sessions));
    let mut mcp = mcp_route(server, settings, sessions, calls.clone(), streams.clone());

    let limits = ConnectionLimits {
        open: settings.max_connections.get(),
        header_time: settings.header_timeout(),
    };
    let listener = listen(settings, settings.port, "MCP_PORT").await?;
    let address = listener.local_addr()?;
    let mut metrics_site = None;
    if let Some(port) = settings.metrics_port {
        let listener = listen(settings, port, "MCP_METRICS_PORT").await?;
        tracing::info!(address = %listener.local_addr()?, "metrics ready");
        let site = guarded(metrics, settings, requests.clone());
        metrics_site = Some(connections::serve(listener, site, limits, shutdown.clone()));
    } else {
        mcp = mcp.merge(metrics);
    }
    // Probes reach a server by many names, and learn little here.
    let site = guarded(mcp, settings, requests).merge(probes);
    tracing::info!(transport = "http", %address, "server ready");

    let serving = async {
        let metrics = async {
            if let Some(site) = metrics_site {
                site.await;
            }
        };
        tokio::join!(
            connections::serve(listener, site, limits, shutdown.clone()),
            metrics
        );
    };
    tokio::select! {
        () = serving => {}
        () = drain(&shutdown, settings.shutdown_grace(), &calls, &streams) => {}
    }
    Ok(())
}

/// Streams of changes end as soon as `shutdown` is cancelled, each with its final result.
fn end_changes_first(server: &McpServer, shutdown: &CancellationToken) {
    let closing = server.changes.closing.clone();
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        shutdown.cancelled().await;
        closing.cancel();
    });
}

/// Where clients that speak 2025-11-25 or older have their sessions.
fn sessions(settings: &HttpSettings) -> Arc<LocalSessionManager> {
    let mut sessions = LocalSessionManager::default();
    sessions.session_config.keep_alive = Some(settings.session_idle());
    Arc::new(sessions)
}

/// The MCP endpoint and its limits.
fn mcp_route(
    server: McpServer,
    settings: &HttpSettings,
    sessions: Arc<LocalSessionManager>,
    calls: TaskTracker,
    streams: CancellationToken,
) -> Router {
    let owners = sessions::Owners::new(Arc::clone(&sessions));
    let budget = budget::Budget::new(settings.rate_limit_per_minute);
    let max_body_bytes = settings.max_body_bytes.get();
    let body_time = server.request_timeout;
    // `guarded` checks Host and Origin for every route, and in one way.
    let config = StreamableHttpServerConfig::default()
        .disable_allowed_hosts()
        .disable_allowed_origins()
        .with_max_request_body_bytes(max_body_bytes)
        .with_cancellation_token(streams);
    let server = move || Ok(server.clone());
    let endpoint = Endpoint {
        mcp: StreamableHttpService::new(server, Arc::clone(&sessions), config),
        sessions,
        max_sessions: settings.max_sessions.get(),
        max_body_bytes,
        body_time,
        slots: Arc::new(Semaphore::new(
            settings.max_concurrent_requests.get() as usize
        )),
        calls,
    };

    // What is added last comes first.
    Router::new()
        .route("/mcp", any(endpoint::serve))
        .with_state(Arc::new(endpoint))
        .route_layer(from_fn_with_state(owners, sessions::bind))
        .route_layer(from_fn_with_state(budget, budget::limit))
}

fn metrics_route(metrics: Metrics, sessions: Arc<LocalSessionManager>) -> Router {
    let render = async move || -> Response {
        metrics.set_sessions(sessions.sessions.read().await.len());
        match metrics.render() {
            Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
            Err(error) => {
                tracing::error!(%error, "cannot write the metrics");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    };
    Router::new().route("/metrics", get(render))
}

/// The checks in front of every route but those of the probes.
fn guarded(routes: Router, settings: &HttpSettings, requests: Requests) -> Router {
    let guard = Arc::new(Guard::new(settings));
    let access = bearer::Access::new(settings);
    let routes = routes.route_layer(from_fn_with_state(access, bearer::check));
    routes
        .layer(from_fn_with_state(guard, guard::check))
        .layer(from_fn_with_state(requests, request::identify))
}

async fn listen(settings: &HttpSettings, port: u16, variable: &str) -> io::Result<TcpListener> {
    let host = settings.host;
    TcpListener::bind((host, port)).await.map_err(|error| {
        let text = format!("cannot listen on {host} (MCP_HOST), port {port} ({variable}): {error}");
        io::Error::new(error.kind(), text)
    })
}

/// A token that is cancelled some time after `requested` is.
fn delayed(requested: CancellationToken, delay: Duration) -> CancellationToken {
    let token = CancellationToken::new();
    tokio::spawn({
        let token = token.clone();
        async move {
            requested.cancelled().await;
            tokio::time::sleep(delay).await;
            token.cancel();
        }
    });
    token
}

/// Wait for calls, which end by themselves, and then cut the streams of sessions, which do not.
async fn drain(
    shutdown: &CancellationToken,
    grace: Duration,
    calls: &TaskTracker,
    streams: &CancellationToken,
) {
    shutdown.cancelled().await;
    calls.close();
    let last = async {
        tokio::time::sleep(connections::LAST_REQUEST_TIME).await;
        calls.wait().await;
    };
    let ended = tokio::time::timeout(grace, last).await.is_ok();
    if !ended && !calls.is_empty() {
        tracing::warn!(open = calls.len(), "open requests are cut off");
    }
    streams.cancel();
    tokio::time::sleep(CLOSE_TIME).await;
}
