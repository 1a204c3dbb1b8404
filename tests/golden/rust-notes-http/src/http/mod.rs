//! The Streamable HTTP transport: its routes, their guards, and a shutdown
//! that lets open requests finish.

pub mod bearer;
mod budget;
pub mod guard;
mod limits;
pub mod metrics;
pub mod settings;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::serve::ListenerExt as _;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::McpServer;
use guard::Guard;
use limits::{Admission, BodyLimits, SessionCap};
use metrics::Metrics;
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
    end_changes_first(&server, &shutdown);
    let streams = CancellationToken::new();
    let admission = Admission::new(settings.max_concurrent_requests.get());
    let calls = admission.calls.clone();
    let metrics = metrics_route(server.metrics.clone());
    let mut mcp = mcp_route(server, settings, admission, streams.clone());

    let listener = listen(settings, settings.port, "MCP_PORT").await?;
    let address = listener.local_addr()?;
    let mut metrics_site = None;
    if let Some(port) = settings.metrics_port {
        let listener = listen(settings, port, "MCP_METRICS_PORT").await?;
        tracing::info!(address = %listener.local_addr()?, "metrics ready");
        metrics_site = Some(run(listener, guarded(metrics, settings), shutdown.clone()));
    } else {
        mcp = mcp.merge(metrics);
    }
    // Probes reach a server by many names, and learn nothing here.
    let site = guarded(mcp, settings).route("/healthz", get(async || "ok\n"));
    tracing::info!(transport = "http", %address, "server ready");

    let serving = async {
        let metrics = async {
            match metrics_site {
                Some(site) => site.await,
                None => Ok(()),
            }
        };
        tokio::try_join!(run(listener, site, shutdown.clone()), metrics).map(drop)
    };
    tokio::select! {
        outcome = serving => outcome,
        () = drain(&shutdown, settings.shutdown_grace(), &calls, &streams) => Ok(()),
    }
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

/// The MCP endpoint and its limits.
fn mcp_route(
    server: McpServer,
    settings: &HttpSettings,
    admission: Admission,
    streams: CancellationToken,
) -> Router {
    let mut sessions = LocalSessionManager::default();
    sessions.session_config.keep_alive = Some(settings.session_idle());
    let sessions = Arc::new(sessions);
    let cap = SessionCap {
        sessions: Arc::clone(&sessions),
        limit: settings.max_sessions.get(),
    };
    let owners = bearer::Owners::new(Arc::clone(&sessions));
    let budget = budget::Budget::new(settings.rate_limit_per_minute);
    let body_limits = BodyLimits {
        bytes: settings.max_body_bytes.get(),
        time: server.request_timeout,
    };
    // `guarded` checks Host and Origin for every route, and in one way.
    let config = StreamableHttpServerConfig::default()
        .disable_allowed_hosts()
        .disable_allowed_origins()
        .with_max_request_body_bytes(body_limits.bytes)
        .with_cancellation_token(streams);
    let mcp = StreamableHttpService::new(move || Ok(server.clone()), sessions, config);

    // What is added last comes first.
    Router::new()
        .route_service("/mcp", mcp)
        .route_layer(from_fn_with_state(cap, limits::cap_sessions))
        .route_layer(from_fn_with_state(owners, bearer::bind_sessions))
        .route_layer(from_fn_with_state(body_limits, limits::read_body))
        .route_layer(from_fn_with_state(admission, limits::admit))
        .route_layer(from_fn_with_state(budget, budget::limit))
}

fn metrics_route(metrics: Metrics) -> Router {
    let render = async move || -> Response {
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

/// The checks in front of every route but `/healthz`.
fn guarded(routes: Router, settings: &HttpSettings) -> Router {
    let guard = Arc::new(Guard::new(settings));
    let tokens = settings.tokens.clone().unwrap_or_default();
    let routes = routes.route_layer(from_fn_with_state(tokens, bearer::check));
    routes.layer(from_fn_with_state(guard, guard::check))
}

async fn listen(settings: &HttpSettings, port: u16, variable: &str) -> io::Result<TcpListener> {
    let host = settings.host;
    TcpListener::bind((host, port)).await.map_err(|error| {
        let text = format!("cannot listen on {host} (MCP_HOST), port {port} ({variable}): {error}");
        io::Error::new(error.kind(), text)
    })
}

async fn run(listener: TcpListener, site: Router, shutdown: CancellationToken) -> io::Result<()> {
    // Without TCP_NODELAY a streamed reply waits some 40 ms for a delayed ACK.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
    });
    axum::serve(listener, site)
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await
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
    if tokio::time::timeout(grace, calls.wait()).await.is_err() {
        tracing::warn!(open = calls.len(), "open requests are cut off");
    }
    streams.cancel();
    tokio::time::sleep(CLOSE_TIME).await;
}
