//! `ping`: whether the server answers.

use rmcp::handler::server::wrapper::{Json, Parameters};
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::server::McpServer;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("properties" = {}))]
struct Ping {}

#[derive(Debug, Serialize, JsonSchema)]
struct Pong {
    /// Always `ok`.
    #[schemars(extend("const" = "ok"))]
    status: &'static str,
    /// Version of the server.
    version: &'static str,
}

#[tool_router(router = ping_tool, vis = "pub(super)")]
impl McpServer {
    #[tool(
        name = "ping",
        title = "Ping",
        description = "Check that the server answers. It asks no database and changes nothing.",
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn ping(&self, Parameters(Ping {}): Parameters<Ping>) -> Json<Pong> {
        Json(Pong {
            status: "ok",
            version: env!("CARGO_PKG_VERSION"),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::server::tests::{call, connect};

    #[tokio::test]
    async fn the_server_answers() {
        let client = connect().await;
        let pong = call(&client, "ping", json!({})).await;
        assert_eq!(pong.structured_content.unwrap()["status"], "ok");
    }
}
