//! The tools: one file each.

use rmcp::handler::server::tool::ToolRouter;

use crate::McpServer;

pub mod add_note;
// create-mcp-server:tool-modules

/// Every tool of this server.
pub(crate) fn router() -> ToolRouter<McpServer> {
    let routers: &[fn() -> ToolRouter<McpServer>] = &[
        McpServer::add_note_tool,
        // create-mcp-server:tool-routes
    ];
    let empty = ToolRouter::new();
    routers.iter().fold(empty, |all, router| all + router())
}
