//! `echo`: return a text.

use rmcp::handler::server::wrapper::{Json, Parameters};
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::server::McpServer;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Echo {
    /// The text to return.
    #[schemars(length(max = 10_000), example = &"hello")]
    text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Echoed {
    /// The text as it was given.
    text: String,
}

#[tool_router(router = echo_tool, vis = "pub(super)")]
impl McpServer {
    #[tool(
        name = "echo",
        title = "Echo",
        description = "Return the given text, to see that the server answers.",
        annotations(read_only_hint = true, open_world_hint = false)
    )]
    fn echo(&self, Parameters(Echo { text }): Parameters<Echo>) -> Json<Echoed> {
        Json(Echoed { text })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::server::tests::{call, connect};

    #[tokio::test]
    async fn a_text_comes_back_as_it_was() {
        let client = connect().await;
        let arguments = json!({"text": "¡olé! \n\t\"<&>\" 🛒"});
        let result = call(&client, "echo", arguments.clone()).await;
        assert_eq!(result.structured_content, Some(arguments));
    }

    #[tokio::test]
    async fn a_mistake_of_the_model_is_explained_to_it() {
        let client = connect().await;
        let result = call(&client, "echo", json!({"txt": "x"})).await;
        assert_eq!(result.is_error, Some(true));
        assert!(result.content[0].as_text().unwrap().text.contains("txt"));
    }
}
