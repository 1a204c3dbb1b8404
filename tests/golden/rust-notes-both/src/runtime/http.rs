//! The Streamable HTTP transport: `/mcp`, and `/healthz` for whatever watches the process.

use std::future::IntoFuture as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::http::{HeaderName, Method, StatusCode};
use axum::routing::{get, get_service};
use axum::serve::ListenerExt;
use axum::{Router, body::Body, extract::Request, extract::State, middleware, response::Response};
use futures_util::StreamExt as _;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

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
    /// Listen on an address that other machines can reach, although clients need no authentication.
    #[arg(long, env = "MCP_ALLOW_UNAUTHENTICATED")]
    pub allow_unauthenticated: bool,
}

const HOSTS: &str = "localhost,127.0.0.1,[::1]";
const ORIGINS: &str = "http://localhost:*,http://127.0.0.1:*,http://[::1]:*";
pub const MAX_BODY_BYTES: usize = 1 << 20;

impl HttpSettings {
    /// What is wrong with the settings, if anything is.
    pub fn check(&self) -> Result<(), String> {
        if !self.host.is_loopback() && !self.allow_unauthenticated {
            return Err(format!(
                "MCP_HOST {} can be reached by other machines, and clients need no authentication: \
                 give --allow-unauthenticated if that is meant",
                self.host
            ));
        }
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
    // Otherwise the second part of a reply waits for 40 ms.
    let listener = ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true)));
    let serving = axum::serve(listener, router(server));
    let serving = serving.with_graceful_shutdown(stop.clone().cancelled_owned());
    let serving = serving.into_future();
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
    let sessions = Arc::new(LocalSessionManager::default());
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
