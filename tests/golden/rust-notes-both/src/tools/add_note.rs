//! `add-note`: store a note.

use rmcp::handler::server::wrapper::{Json, Parameters};
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::notes::{MAX_CONTENT_BYTES, MAX_NAME_BYTES};
use crate::resources::notes::uri;
use crate::server::McpServer;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AddNote {
    /// Name of the note, in any script. A note of the same name is replaced.
    #[schemars(length(min = 1, max = MAX_NAME_BYTES), example = &"groceries")]
    name: String,
    /// Text of the note.
    #[schemars(length(max = MAX_CONTENT_BYTES), example = &"milk, bread")]
    content: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AddedNote {
    /// Where the note can be read as a resource.
    uri: String,
    /// Whether a note of the same name was replaced.
    replaced: bool,
}

#[tool_router(router = add_note_tool, vis = "pub(super)")]
impl McpServer {
    #[tool(
        name = "add-note",
        title = "Add a note",
        description = "Store a note under a name, replacing the note of that name if there is one. \
                       Returns the URI of the resource that the note can be read from.",
        annotations(
            read_only_hint = false,
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn add_note(
        &self,
        Parameters(AddNote { name, content }): Parameters<AddNote>,
    ) -> Result<Json<AddedNote>, AppError> {
        let uri = uri(&name);
        let replaced = self.notes.add(name, content).await?;
        Ok(Json(AddedNote { uri, replaced }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::server::tests::{call, connect};

    #[tokio::test]
    async fn a_note_is_added_then_replaced() {
        let client = connect().await;
        let note = json!({"name": "to do", "content": "rest"});
        let added = call(&client, "add-note", note.clone()).await;
        let expected = json!({"uri": "note://internal/to%20do", "replaced": false});
        assert_eq!(added.structured_content, Some(expected));

        let again = call(&client, "add-note", note).await;
        assert_eq!(again.structured_content.unwrap()["replaced"], true);
    }

    #[tokio::test]
    async fn a_mistake_is_explained_to_the_model() {
        let client = connect().await;
        for (arguments, explanation) in [
            (json!({"name": "a"}), "missing field `content`"),
            (json!({"name": "a", "content": "", "x": 1}), "`x`"),
            (json!({"name": " ", "content": ""}), "must not be blank"),
        ] {
            let result = call(&client, "add-note", arguments).await;
            assert_eq!(result.is_error, Some(true));
            let text = &result.content[0].as_text().unwrap().text;
            assert!(text.contains(explanation), "{text}");
        }
    }
}
