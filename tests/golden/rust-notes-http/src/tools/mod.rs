//! The tools: one file each.

use std::sync::LazyLock;

use rmcp::handler::server::tool::ToolRouter;

use crate::server::McpServer;

mod add_note;
// create-mcp-server:tool-modules

/// Every tool of this server.
pub static ROUTER: LazyLock<ToolRouter<McpServer>> = LazyLock::new(|| {
    let routes: &[fn() -> ToolRouter<McpServer>] = &[
        McpServer::add_note_tool,
        // create-mcp-server:tool-routes
    ];
    routes.iter().fold(ToolRouter::new(), |all, it| all + it())
});
