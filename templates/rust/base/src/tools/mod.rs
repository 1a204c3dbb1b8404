//! The tools: one file each.

use std::sync::LazyLock;

use rmcp::handler::server::tool::ToolRouter;

use crate::server::McpServer;

// create-mcp-server:tool-modules

/// Every tool of this server.
pub static ROUTER: LazyLock<ToolRouter<McpServer>> = LazyLock::new(|| {
    let routes: &[fn() -> ToolRouter<McpServer>] = &[
        // create-mcp-server:tool-routes
    ];
    routes.iter().fold(ToolRouter::new(), |all, it| all + it())
});
