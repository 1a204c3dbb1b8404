//! The prompts: one file each.

use rmcp::handler::server::router::prompt::PromptRouter;

use crate::McpServer;

pub mod order_summary;
pub mod test_plan;
// create-mcp-server:prompt-modules

/// Every prompt of this server.
pub(crate) fn router() -> PromptRouter<McpServer> {
    let routers: &[fn() -> PromptRouter<McpServer>] = &[
        McpServer::order_summary_prompt,
        McpServer::test_plan_prompt,
        // create-mcp-server:prompt-routes
    ];
    let empty = PromptRouter::new();
    routers.iter().fold(empty, |all, router| all + router())
}
