//! The server as clients see it, and what its tools share.

use std::sync::Arc;

use rmcp::handler::server::tool::ToolCallContext;
use rmcp::model::{self, CallToolResponse, CallToolResult, IntoContents as _, ServerCapabilities};
use rmcp::{ErrorData, RoleServer, ServerHandler, service::RequestContext, tool_handler};

use crate::{config::Settings, runtime, tools};

/// What every tool reaches as `self`: settings, clients, stores. A clone serves another session.
#[derive(Clone)]
pub struct McpServer {
    pub settings: Arc<Settings>,
}

impl McpServer {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings: settings.into(),
        }
    }
}

#[tool_handler(router = tools::ROUTER)]
impl ServerHandler for McpServer {
    fn get_info(&self) -> model::ServerConfig {
        let name = model::Implementation::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .with_description(env!("CARGO_PKG_DESCRIPTION"));
        let capabilities = ServerCapabilities::builder().enable_tools();
        // create-mcp-server:capabilities
        model::ServerConfig::new(capabilities.build()).with_server_info(name)
    }

    async fn call_tool(
        &self,
        request: model::CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let call = tools::ROUTER.call(ToolCallContext::new(self, request, context));
        let done = runtime::limited(&self.settings, call).await;
        done.unwrap_or_else(|error| Ok(CallToolResult::error(error.into_contents()).into()))
    }

    // create-mcp-server:handlers
}

#[cfg(test)]
pub mod tests {
    //! Clients in the same process, for the tests beside each tool.

    use clap::Parser as _;
    use rmcp::model::{CallToolRequestParams, ProtocolVersion};
    use rmcp::service::{ClientLifecycleMode, Peer, RunningService, serve_client_with_lifecycle};
    use rmcp::{ClientHandler, RoleClient, ServiceExt as _};
    use serde_json::Value;

    use super::*;

    pub type Client<H = ()> = RunningService<RoleClient, H>;

    /// A client of a new server, which speaks 2026-07-28.
    pub async fn connect() -> Client {
        let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
        connect_as((), ClientLifecycleMode::Discover { preferred_versions }).await
    }

    pub async fn connect_as<H: ClientHandler>(client: H, era: ClientLifecycleMode) -> Client<H> {
        let (near, far) = tokio::io::duplex(64 * 1024);
        let server = McpServer::new(Settings::parse_from(["server"]));
        tokio::spawn(async { server.serve(far).await.unwrap().waiting().await });
        let client = serve_client_with_lifecycle(client, near, era);
        client.await.unwrap()
    }

    pub async fn call(
        client: &Peer<RoleClient>,
        tool: &'static str,
        arguments: Value,
    ) -> CallToolResult {
        let arguments = serde_json::from_value(arguments).unwrap();
        let request = CallToolRequestParams::new(tool).with_arguments(arguments);
        client.call_tool(request).await.unwrap()
    }
}
