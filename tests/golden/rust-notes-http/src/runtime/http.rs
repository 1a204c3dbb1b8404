//! The Streamable HTTP transport: `/mcp`, and `/healthz` for whatever watches the process.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::BoxError;
use axum::error_handling::HandleErrorLayer;
use axum::http::{HeaderName, Method, StatusCode};
use axum::routing::{get, get_service};
use axum::{Router, body::Body, extract::Request, extract::State, middleware, response::Response};
use futures_util::StreamExt as _;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceBuilder;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::runtime::access::Access;
use crate::runtime::connections;
use crate::runtime::guard::{self, Guard};
use crate::server::McpServer;

/// Settings of this transport.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "HTTP transport")]
pub struct HttpSettings {
    /// Address to listen on.
    #[arg(long, env = "MCP_HOST", default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Port to listen on; 0 for a free one.
    #[arg(long, env = "MCP_PORT", default_value_t = 8000)]
    pub port: u16,
    /// Names by which clients may reach the server, with commas: `name` or `name:port`.
    #[arg(long, env = "MCP_ALLOWED_HOSTS", value_delimiter = ',', default_value = HOSTS)]
    pub allowed_hosts: Vec<String>,
    /// Origins of web pages that may call it, with commas: `https://name:443`, or `:*` for any port.
    #[arg(long, env = "MCP_ALLOWED_ORIGINS", value_delimiter = ',', default_value = ORIGINS)]
    pub allowed_origins: Vec<String>,
    /// How long open requests may go on when the server is asked to stop.
    #[arg(long, env = "MCP_SHUTDOWN_GRACE_SECONDS", default_value_t = 10)]
    pub shutdown_grace_seconds: u64,
    /// Requests that one caller may send in a minute; more are answered with 429.
    #[arg(long, env = "MCP_RATE_LIMIT_PER_MINUTE", default_value_t = 600)]
    pub rate_limit_per_minute: u32,
    /// Sessions of clients that speak 2025-11-25 or older; one caller may have a quarter of them.
    #[arg(long, env = "MCP_MAX_SESSIONS", default_value_t = 1000)]
    pub max_sessions: usize,
    /// How long such a session may be idle before it is closed.
    #[arg(long, env = "MCP_SESSION_IDLE_SECONDS", default_value_t = 1800)]
    pub session_idle_seconds: u64,
    /// Requests at the same time; more are answered with 503.
    #[arg(long, env = "MCP_MAX_CONCURRENT_REQUESTS", default_value_t = 512)]
    pub max_concurrent_requests: usize,
    /// Connections at the same time; more wait.
    #[arg(long, env = "MCP_MAX_CONNECTIONS", default_value_t = 768)]
    pub max_connections: usize,
    /// How long a connection may be without a request, or take for the headers of one.
    #[arg(long, env = "MCP_HEADER_TIMEOUT_SECONDS", default_value_t = 60)]
    pub header_timeout_seconds: u64,
    /// Proxies whose `X-Forwarded-For` is believed, with commas: addresses or networks.
    #[arg(long, env = "MCP_TRUSTED_PROXIES", value_delimiter = ',', value_parser = guard::network)]
    pub trusted_proxies: Vec<ipnet::IpNet>,
}

const HOSTS: &str = "localhost,127.0.0.1,[::1]";
const ORIGINS: &str = "http://localhost:*,http://127.0.0.1:*,http://[::1]:*";
pub const MAX_BODY_BYTES: usize = 1 << 20;

impl HttpSettings {
    /// What is wrong with the settings, if anything is.
    pub fn check(&self) -> Result<(), String> {
        Access::new(self)?;
        Ok(())
    }
}

/// Serve until Ctrl-C or SIGTERM, then let open requests end.
pub async fn serve(server: McpServer) -> anyhow::Result<()> {
    let (settings, stop) = (server.settings.clone(), server.stop.clone());
    let http = &settings.http;
    ctrlc::set_handler({
        let stop = stop.clone();
        move || stop.cancel()
    })?;
    let address = SocketAddr::new(http.host, http.port);
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("cannot listen on {address}"))?;
    tracing::info!(transport = "http", address = %listener.local_addr()?, "server ready");
    let serving = connections::serve(listener, router(server), http, stop.clone());
    let grace = async {
        stop.cancelled().await;
        tokio::time::sleep(Duration::from_secs(http.shutdown_grace_seconds)).await;
    };
    tokio::select! {
        done = serving => done?,
        () = grace => tracing::warn!("stopping with requests still open"),
    }
    Ok(())
}

fn router(server: McpServer) -> Router {
    let (settings, stop) = (server.settings.clone(), server.stop.clone());
    let http = &settings.http;
    let mut sessions = LocalSessionManager::default();
    let idle = Duration::from_secs(http.session_idle_seconds);
    sessions.session_config.keep_alive = (!idle.is_zero()).then_some(idle);
    let sessions = Arc::new(sessions);
    let guard = Guard::new(http, sessions.clone());
    let most = NonZeroUsize::new(http.max_concurrent_requests);
    let busy = async |_: BoxError| StatusCode::SERVICE_UNAVAILABLE;
    let requests = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(busy))
        .load_shed()
        .concurrency_limit(most.map_or(Semaphore::MAX_PERMITS, NonZeroUsize::get));
    let config = StreamableHttpServerConfig::default()
        .with_allowed_hosts(&settings.http.allowed_hosts)
        .with_allowed_origins(&settings.http.allowed_origins)
        .enforce_origin_validation()
        .with_max_request_body_bytes(MAX_BODY_BYTES);
    let mcp = StreamableHttpService::new(move || Ok(server.clone()), sessions, config);
    let stream = get_service(mcp.clone()).layer(middleware::from_fn_with_state(stop, end_stream));
    let endpoint = stream.post_service(mcp.clone()).delete_service(mcp);
    // rmcp refuses origins that are not allowed; what browsers want besides, it leaves out.
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::mirror_request())
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([HeaderName::from_static("mcp-session-id")]);
    Router::new()
        .route("/mcp", endpoint)
        .layer(middleware::from_fn_with_state(guard, guard::admit))
        .layer(requests)
        .layer(cors)
        .route("/healthz", get(StatusCode::OK))
}

/// Clients of 2025-11-25 and older keep a stream open for notifications. It ends when the server stops, or it would hold
/// up the exit.
async fn end_stream(
    State(stop): State<CancellationToken>,
    request: Request,
    next: middleware::Next,
) -> Response {
    let response = next.run(request).await;
    response.map(|body| {
        let until_stop = body.into_data_stream().take_until(stop.cancelled_owned());
        Body::from_stream(until_stop)
    })
}
