//! The tools: one file each.

use rmcp::handler::server::tool::ToolRouter;

use crate::McpServer;

pub mod get_order;
pub mod list_orders;
pub mod ping;
pub mod run_query;
// create-mcp-server:tool-modules

/// Every tool of this server.
pub(crate) fn router() -> ToolRouter<McpServer> {
    let routers: &[fn() -> ToolRouter<McpServer>] = &[
        McpServer::get_order_tool,
        McpServer::list_orders_tool,
        McpServer::ping_tool,
        McpServer::run_query_tool,
        // create-mcp-server:tool-routes
    ];
    let empty = ToolRouter::new();
    routers.iter().fold(empty, |all, router| all + router())
}
