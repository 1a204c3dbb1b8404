//! Protocol wiring: which method is answered by what. What a primitive does
//! is in a file of its own in `tools/`, `resources/` or `prompts/`.

use std::sync::Arc;
use std::time::Duration;

use rmcp::handler::server::prompt::PromptContext;
use rmcp::handler::server::router::prompt::PromptRouter;
use rmcp::handler::server::tool::{ToolCallContext, ToolRouter};
use rmcp::model::{
    self, CallToolResponse, CallToolResult, ContentBlock, ErrorCode, IntoContents as _,
    ServerCapabilities,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};

use crate::bounds;
use crate::calls::{self, Call, Outcome, Target};
use crate::error::AppError;
use crate::pagination;
use crate::prompts;
use crate::resources::{self, ResourceProvider};
use crate::tools;

/// How many resources one page of `resources/list` holds.
const PAGE_SIZE: usize = 50;

/// The MCP server. A clone serves another session, with what all of them share.
#[derive(Clone)]
pub struct McpServer {
    pub(crate) request_timeout: Duration,
    tools: Arc<ToolRouter<Self>>,
    prompts: Arc<PromptRouter<Self>>,
    resources: Arc<[Box<dyn ResourceProvider>]>,
}

impl McpServer {
    #[must_use]
    pub fn new(request_timeout: Duration) -> Self {
        Self {
            request_timeout,
            tools: Arc::new(tools::router()),
            prompts: Arc::new(prompts::router()),
            resources: resources::providers().into(),
        }
    }

    /// Only what is registered is advertised.
    fn capabilities(&self) -> ServerCapabilities {
        let mut capabilities = ServerCapabilities::default();
        if !self.tools.map.is_empty() {
            capabilities.tools = Some(model::ToolsCapability::default());
        }
        if !self.prompts.map.is_empty() {
            capabilities.prompts = Some(model::PromptsCapability::default());
        }
        if !self.resources.is_empty() {
            capabilities.resources = Some(model::ResourcesCapability::default());
        }
        capabilities
    }
}

/// The work behind the methods below.
impl McpServer {
    async fn answer_call(
        &self,
        request: model::CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if !self.tools.has_route(&request.name) {
            let text = format!("unknown tool `{}`", request.name);
            return Err(ErrorData::invalid_params(text, None));
        }
        let cancelled = context.ct.clone();
        let call = self
            .tools
            .call(ToolCallContext::new(self, request, context));
        match bounds::run(self.request_timeout, cancelled, call).await {
            Ok(result) => result.or_else(readable_by_the_model),
            Err(error) => Ok(CallToolResult::error(error.into_contents()).into()),
        }
    }

    async fn answer_list(
        &self,
        request: Option<model::PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<model::ListResourcesResult, ErrorData> {
        let all = async {
            let mut all = Vec::new();
            for provider in self.resources.iter() {
                all.extend(provider.list(self).await?);
            }
            Ok::<_, AppError>(all)
        };
        let all = bounds::run(self.request_timeout, context.ct, all).await??;
        let cursor = request.and_then(|params| params.cursor);
        let (items, next) =
            pagination::page(all, |item| item.uri.as_str(), cursor.as_deref(), PAGE_SIZE)?;
        let mut result = model::ListResourcesResult::with_all_items(items);
        result.next_cursor = next;
        Ok(result)
    }

    async fn answer_read(
        &self,
        uri: String,
        context: RequestContext<RoleServer>,
    ) -> Result<model::ReadResourceResponse, ErrorData> {
        let read = async {
            for provider in self.resources.iter() {
                if let Some(contents) = provider.read(self, &uri).await? {
                    return Ok(contents);
                }
            }
            Err(AppError::NotFound {
                kind: "resource",
                id: uri.clone(),
            })
        };
        let contents = bounds::run(self.request_timeout, context.ct, read).await?;
        let contents = contents.map_err(|error| error.of_reading(&uri))?;
        Ok(model::ReadResourceResult::new(contents).into())
    }

    async fn answer_prompt(
        &self,
        request: model::GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<model::GetPromptResponse, ErrorData> {
        if !self.prompts.has_route(&request.name) {
            let text = format!("unknown prompt `{}`", request.name);
            return Err(ErrorData::invalid_params(text, None));
        }
        let cancelled = context.ct.clone();
        let context = PromptContext::new(self, request.name, request.arguments, context);
        let prompt = self.prompts.get_prompt(context);
        bounds::run(self.request_timeout, cancelled, prompt).await?
    }
}

impl ServerHandler for McpServer {
    fn get_info(&self) -> model::ServerConfig {
        let name = env!("CARGO_PKG_NAME");
        let implementation = model::Implementation::new(name, env!("CARGO_PKG_VERSION"))
            .with_description(env!("CARGO_PKG_DESCRIPTION"));
        let config = model::ServerConfig::new(self.capabilities());
        config.with_server_info(implementation)
    }

    async fn list_tools(
        &self,
        _request: Option<model::PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<model::ListToolsResult, ErrorData> {
        let list = async {
            Ok(model::ListToolsResult::with_all_items(
                self.tools.list_all(),
            ))
        };
        let call = Call::new(calls::LIST_TOOLS, None, &context);
        call.run(list, Outcome::of).await
    }

    fn get_tool(&self, name: &str) -> Option<model::Tool> {
        self.tools.get(name).cloned()
    }

    async fn call_tool(
        &self,
        request: model::CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let target = Target::tool(&request.name, self.tools.has_route(&request.name));
        let call = Call::new(calls::CALL_TOOL, Some(target), &context);
        call.run(self.answer_call(request, context), Outcome::of_tool)
            .await
    }

    async fn list_resources(
        &self,
        request: Option<model::PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<model::ListResourcesResult, ErrorData> {
        let call = Call::new(calls::LIST_RESOURCES, None, &context);
        call.run(self.answer_list(request, context), Outcome::of)
            .await
    }

    async fn list_resource_templates(
        &self,
        _request: Option<model::PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<model::ListResourceTemplatesResult, ErrorData> {
        let list = async {
            let templates = self.resources.iter().flat_map(|it| it.templates());
            let templates = templates.collect();
            Ok(model::ListResourceTemplatesResult::with_all_items(
                templates,
            ))
        };
        let call = Call::new(calls::LIST_TEMPLATES, None, &context);
        call.run(list, Outcome::of).await
    }

    async fn read_resource(
        &self,
        request: model::ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<model::ReadResourceResponse, ErrorData> {
        let target = Target::resource(&request.uri);
        let call = Call::new(calls::READ_RESOURCE, Some(target), &context);
        call.run(self.answer_read(request.uri, context), Outcome::of)
            .await
    }

    async fn list_prompts(
        &self,
        _request: Option<model::PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<model::ListPromptsResult, ErrorData> {
        let list = async {
            Ok(model::ListPromptsResult::with_all_items(
                self.prompts.list_all(),
            ))
        };
        let call = Call::new(calls::LIST_PROMPTS, None, &context);
        call.run(list, Outcome::of).await
    }

    async fn get_prompt(
        &self,
        request: model::GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<model::GetPromptResponse, ErrorData> {
        let target = Target::prompt(&request.name, self.prompts.has_route(&request.name));
        let call = Call::new(calls::GET_PROMPT, Some(target), &context);
        call.run(self.answer_prompt(request, context), Outcome::of)
            .await
    }
}

/// Arguments that do not fit are for the model to correct; a JSON-RPC error would not reach it.
fn readable_by_the_model(error: ErrorData) -> Result<CallToolResponse, ErrorData> {
    if error.code == ErrorCode::INVALID_PARAMS {
        Ok(CallToolResult::error(vec![ContentBlock::text(error.message)]).into())
    } else {
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::{CallToolRequestParams, GetPromptRequestParams, ReadResourceRequestParams};

    use super::*;
    use crate::testing::{connect, connect_legacy, error_code};

    #[tokio::test]
    async fn what_a_model_sees_is_described() {
        for client in [connect().await, connect_legacy().await] {
            for tool in client.list_all_tools().await.unwrap() {
                assert!(tool.description.is_some(), "{}", tool.name);
                assert!(tool.annotations.is_some(), "{}", tool.name);
            }
        }
    }

    #[tokio::test]
    async fn what_does_not_exist_is_an_error() {
        let client = connect().await;
        let tool = client.call_tool(CallToolRequestParams::new("unknown"));
        assert_eq!(error_code(tool.await), ErrorCode::INVALID_PARAMS);
        let prompt = client.get_prompt(GetPromptRequestParams::new("unknown"));
        assert_eq!(error_code(prompt.await), ErrorCode::INVALID_PARAMS);

        let resource = ReadResourceRequestParams::new("unknown://x");
        let current = client.read_resource(resource.clone()).await;
        assert_eq!(error_code(current), ErrorCode::INVALID_PARAMS);
        let legacy = connect_legacy().await.read_resource(resource).await;
        assert_eq!(error_code(legacy), ErrorCode::RESOURCE_NOT_FOUND);
    }
}
