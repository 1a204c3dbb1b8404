//! The server as clients see it, and what its tools share.

use std::sync::Arc;

use rmcp::handler::server::tool::ToolCallContext;
use rmcp::model::{self, CallToolResponse, CallToolResult, IntoContents as _, ServerCapabilities};
use rmcp::service::{NotificationContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler, service::RequestContext, tool_handler};
use tokio_util::sync::CancellationToken;

use crate::{changes::Changes, completion, config::Settings, notes::Notes, runtime, tools};

/// What a model should know of the server as a whole.
const INSTRUCTIONS: &str = "\
    Notes are resources: list them, or read one at `note://internal/{name}`. \
    The tool `add-note` stores one, and the prompt `summarize-notes` asks for a summary of all.";

/// What every tool reaches as `self`: settings, clients, stores. A clone serves another session.
#[derive(Clone)]
pub struct McpServer {
    pub settings: Arc<Settings>,
    pub notes: Arc<Notes>,
    changes: Changes,
    /// Cancelled when the server is to stop.
    pub stop: CancellationToken,
}

impl McpServer {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings: settings.into(),
            notes: Arc::default(),
            changes: Changes::default(),
            stop: CancellationToken::new(),
        }
    }
}

#[tool_handler(router = tools::ROUTER)]
impl ServerHandler for McpServer {
    fn get_info(&self) -> model::ServerConfig {
        let name = model::Implementation::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .with_description(env!("CARGO_PKG_DESCRIPTION"));
        let capabilities = ServerCapabilities::builder().enable_tools();
        let capabilities = capabilities.enable_prompts();
        let capabilities = capabilities.enable_resources();
        // create-mcp-server:capabilities
        let capabilities = capabilities.enable_resources_list_changed();
        let capabilities = capabilities.enable_completions();
        model::ServerConfig::new(capabilities.build())
            .with_server_info(name)
            .with_instructions(INSTRUCTIONS)
    }

    async fn call_tool(
        &self,
        request: model::CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let record = runtime::calls::Call::new(&request.name, &context);
        let call = tools::ROUTER.call(ToolCallContext::new(self, request, context));
        let done = match runtime::limited(&self.settings, call).await {
            Ok(done) => done,
            Err(error) => Ok(CallToolResult::error(error.into_contents()).into()),
        };
        record.end(&done);
        done
    }

    async fn complete(
        &self,
        request: model::CompleteRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<model::CompleteResult, ErrorData> {
        let values = completion::complete(self, &request.r#ref, &request.argument);
        Ok(model::CompleteResult::new(values.await?))
    }

    fn accepted_subscription_filter(
        &self,
        requested: &model::SubscriptionFilter,
    ) -> Option<model::SubscriptionFilter> {
        Some(requested.supported_by(&self.get_info().capabilities))
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        Changes::stream(self.notes.watch_names(), &self.stop, context).await;
        Ok(())
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        self.changes.push(self.notes.watch_names(), context);
    }

    async fn list_prompts(
        &self,
        _request: Option<model::PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<model::ListPromptsResult, ErrorData> {
        let prompts = crate::prompts::ROUTER.list_all();
        Ok(model::ListPromptsResult::with_all_items(prompts))
    }

    async fn get_prompt(
        &self,
        request: model::GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<model::GetPromptResponse, ErrorData> {
        let context = rmcp::handler::server::prompt::PromptContext::new(
            self,
            request.name,
            request.arguments,
            context,
        );
        let prompt = crate::prompts::ROUTER.get_prompt(context);
        runtime::limited(&self.settings, prompt).await?
    }

    async fn list_resources(
        &self,
        _request: Option<model::PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<model::ListResourcesResult, ErrorData> {
        let resources = runtime::limited(&self.settings, crate::resources::list(self)).await??;
        Ok(model::ListResourcesResult::with_all_items(resources))
    }

    async fn list_resource_templates(
        &self,
        _request: Option<model::PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<model::ListResourceTemplatesResult, ErrorData> {
        let all = crate::resources::templates();
        Ok(model::ListResourceTemplatesResult::with_all_items(all))
    }

    async fn read_resource(
        &self,
        request: model::ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<model::ReadResourceResponse, ErrorData> {
        let read = crate::resources::read(self, &request.uri);
        if let Some(contents) = runtime::limited(&self.settings, read).await?? {
            return Ok(model::ReadResourceResult::new(vec![contents]).into());
        }
        let data = Some(serde_json::json!({ "uri": request.uri }));
        Err(ErrorData::resource_not_found("unknown resource", data))
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
