//! `summarize-notes`: ask the model for a summary of the notes.

use std::fmt::Write as _;

use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{GetPromptResult, PromptMessage, Role};
use rmcp::{prompt, prompt_router};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::server::McpServer;

pub const NAME: &str = "summarize-notes";

const DESCRIPTION: &str = "Summarize all notes, briefly or in detail.";

/// How much text of notes one prompt can carry, in bytes.
const MAX_TEXT_BYTES: usize = 64 * 1024;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Style {
    #[default]
    Brief,
    Detailed,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SummarizeNotes {
    /// How long the summary is: `brief` (the default) or `detailed`.
    #[serde(default)]
    style: Style,
}

#[prompt_router(router = "summarize_notes_prompt", vis = "pub(super)")]
impl McpServer {
    #[prompt(
        name = "summarize-notes",
        title = "Summarize notes",
        description = DESCRIPTION
    )]
    async fn summarize_notes(
        &self,
        Parameters(SummarizeNotes { style }): Parameters<SummarizeNotes>,
    ) -> GetPromptResult {
        let mut text = match style {
            Style::Brief => "Summarize these notes in a few sentences.\n".to_owned(),
            Style::Detailed => "Summarize these notes in detail, note by note.\n".to_owned(),
        };
        let notes = self.notes.all().await;
        if notes.is_empty() {
            text.push_str("\nThere are no notes yet.");
        }
        let total = notes.len();
        for (shown, (name, content)) in notes.into_iter().enumerate() {
            if text.len() + name.len() + content.len() > MAX_TEXT_BYTES {
                let _ = write!(text, "\n({} more notes do not fit here.)", total - shown);
                break;
            }
            let _ = write!(text, "\n- {name}: {content}");
        }
        GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)])
            .with_description(DESCRIPTION)
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::GetPromptRequestParams;
    use serde_json::json;

    use super::*;
    use crate::server::tests::{Client, call, connect};

    async fn prompt(client: &Client, style: &str) -> String {
        let arguments = serde_json::from_value(json!({ "style": style })).unwrap();
        let request = GetPromptRequestParams::new(NAME).with_arguments(arguments);
        let result = client.get_prompt(request).await.unwrap();
        result.messages[0].content.as_text().unwrap().text.clone()
    }

    #[tokio::test]
    async fn the_prompt_carries_the_notes_and_the_style() {
        let client = connect().await;
        assert!(prompt(&client, "brief").await.contains("no notes yet"));

        let note = json!({"name": "plan", "content": "rest"});
        call(&client, "add-note", note).await;
        let detailed = prompt(&client, "detailed").await;
        assert!(detailed.contains("- plan: rest"), "{detailed}");
        assert!(detailed.contains("in detail"), "{detailed}");
    }

    #[tokio::test]
    async fn a_long_text_is_cut_at_a_note() {
        let client = connect().await;
        for n in 0..9 {
            let note = json!({"name": format!("note {n}"), "content": "x".repeat(16 * 1024)});
            call(&client, "add-note", note).await;
        }
        let text = prompt(&client, "brief").await;
        assert!(text.len() < MAX_TEXT_BYTES + 100);
        assert!(text.ends_with("(6 more notes do not fit here.)"));
    }
}
