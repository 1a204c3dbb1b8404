//! The prompts: one file each.

use std::sync::LazyLock;

use rmcp::handler::server::router::prompt::PromptRouter;

use crate::server::McpServer;

pub mod summarize_notes;
// create-mcp-server:prompt-modules

/// Every prompt of this server.
pub static ROUTER: LazyLock<PromptRouter<McpServer>> = LazyLock::new(|| {
    let routes: &[fn() -> PromptRouter<McpServer>] = &[
        McpServer::summarize_notes_prompt,
        // create-mcp-server:prompt-routes
    ];
    let none = PromptRouter::new();
    routes.iter().fold(none, |all, it| all + it())
});
