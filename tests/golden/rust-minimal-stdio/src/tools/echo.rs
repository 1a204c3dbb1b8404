//! `echo`: return a text.

use rmcp::handler::server::wrapper::Json;
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::McpServer;
use crate::arguments::Parameters;
use crate::error::AppError;

const MAX_CHARACTERS: usize = 10_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Echo {
    /// The text to return.
    #[schemars(length(max = MAX_CHARACTERS), example = &"hello")]
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
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    #[expect(clippy::unused_self, reason = "a tool is a method of the server")]
    fn echo(&self, Parameters(Echo { text }): Parameters<Echo>) -> Result<Json<Echoed>, AppError> {
        let length = text.chars().count();
        if length > MAX_CHARACTERS {
            return Err(AppError::InvalidInput(format!(
                "`text` is {length} characters long; the limit is {MAX_CHARACTERS}"
            )));
        }
        Ok(Json(Echoed { text }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::MAX_CHARACTERS;
    use crate::testing::{call, connect, connect_legacy, failure};

    #[tokio::test]
    async fn a_text_comes_back_as_it_was() {
        for client in [connect().await, connect_legacy().await] {
            let arguments = json!({"text": "¡olé! \n\t\"<&>\" 🛒"});
            let result = call(&client, "echo", arguments.clone()).await;
            assert_eq!(result.is_error, Some(false));
            assert_eq!(result.structured_content, Some(arguments));
        }
    }

    #[tokio::test]
    async fn a_mistake_of_the_model_is_explained_to_it() {
        let client = connect().await;
        let mistakes = [
            (json!({}), "missing field `text`"),
            (json!({"text": 1}), "invalid argument `text`"),
            (json!({"text": "", "x": 1}), "`x`"),
            (
                json!({"text": "x".repeat(MAX_CHARACTERS + 1)}),
                "the limit is 10000",
            ),
        ];
        for (arguments, explanation) in mistakes {
            let result = call(&client, "echo", arguments).await;
            let text = failure(&result);
            assert!(text.contains(explanation), "{text}");
        }
    }
}
