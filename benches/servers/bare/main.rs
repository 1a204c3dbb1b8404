//! One tool on rmcp and nothing else: what a generated server is measured against.

use axum::serve::ListenerExt as _;
use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::wrapper::{Json, Parameters};
use rmcp::transport::io::stdio_pipes;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ServerHandler, ServiceExt as _, tool, tool_handler, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

#[derive(Deserialize, JsonSchema)]
struct Text {
    text: String,
}

#[derive(Serialize, JsonSchema)]
struct Echoed {
    text: String,
}

#[derive(Clone)]
struct Bare {
    tools: ToolRouter<Self>,
}

#[tool_router(router = router)]
impl Bare {
    #[tool(description = "Return the given text")]
    fn echo(&self, Parameters(Text { text }): Parameters<Text>) -> Json<Echoed> {
        Json(Echoed { text })
    }
}

#[tool_handler(router = self.tools)]
impl ServerHandler for Bare {}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bare = Bare {
        tools: Bare::router(),
    };
    // With a port over HTTP, without one over stdio.
    let Some(port) = std::env::args().nth(1) else {
        bare.serve(stdio_pipes()).await?.waiting().await?;
        return Ok(());
    };
    let service: StreamableHttpService<_, LocalSessionManager> = StreamableHttpService::new(
        move || Ok(bare.clone()),
        Default::default(),
        StreamableHttpServerConfig::default(),
    );
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("TCP_NODELAY"));
    let router = axum::Router::new().route_service("/mcp", service);
    axum::serve(listener, router).await?;
    Ok(())
}
