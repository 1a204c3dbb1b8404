//! `summarize-notes`: ask the model for a summary of the notes.

use std::fmt::Write as _;

use rmcp::model::{GetPromptResult, PromptMessage, Role};
use rmcp::{prompt, prompt_router};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::McpServer;
use crate::arguments::Parameters;

pub const NAME: &str = "summarize-notes";

const DESCRIPTION: &str = "Summarize all notes, briefly or in detail.";

/// How much text of notes one prompt can carry, in bytes.
const MAX_TEXT_BYTES: usize = 64 * 1024;

#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
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

/// Values for an argument of this prompt.
pub(crate) fn complete(argument: &str) -> Vec<String> {
    match argument {
        "style" => vec!["brief".to_owned(), "detailed".to_owned()],
        _ => Vec::new(),
    }
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
        let request = match style {
            Style::Brief => "Summarize these notes in a few sentences.",
            Style::Detailed => "Summarize these notes in detail, note by note.",
        };
        let text = format!("{request}\n{}", listing(self.notes.all().await));
        GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)])
            .with_description(DESCRIPTION)
    }
}

/// The notes as a list, up to [`MAX_TEXT_BYTES`].
fn listing(notes: Vec<(String, String)>) -> String {
    if notes.is_empty() {
        return "\nThere are no notes yet.".to_owned();
    }
    let total = notes.len();
    let mut text = String::new();
    for (shown, (name, content)) in notes.into_iter().enumerate() {
        let line = format!("\n- {name}: {content}");
        if text.len() + line.len() > MAX_TEXT_BYTES {
            let _ = write!(text, "\n({} more notes do not fit here.)", total - shown);
            break;
        }
        text.push_str(&line);
    }
    text
}

#[cfg(test)]
mod tests {
    use rmcp::model::{ErrorCode, GetPromptRequestParams};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{Client, call, connect, error_code, object};

    fn request(arguments: Value) -> GetPromptRequestParams {
        GetPromptRequestParams::new(NAME).with_arguments(object(arguments))
    }

    async fn prompt(client: &Client, arguments: Value) -> String {
        let result = client.get_prompt(request(arguments)).await.unwrap();
        serde_json::to_string(&result.messages).unwrap()
    }

    #[tokio::test]
    async fn the_prompt_carries_the_notes_and_the_style() {
        let client = connect().await;
        assert!(prompt(&client, json!({})).await.contains("no notes yet"));

        let note = json!({"name": "plan", "content": "rest"});
        call(&client, "add-note", note).await;
        let brief = prompt(&client, json!({})).await;
        assert!(brief.contains("- plan: rest"), "{brief}");
        let detailed = prompt(&client, json!({"style": "detailed"})).await;
        assert!(detailed.contains("in detail"), "{detailed}");
    }

    #[tokio::test]
    async fn an_unknown_style_is_refused() {
        let client = connect().await;
        let refused = client.get_prompt(request(json!({"style": "rude"}))).await;
        assert_eq!(error_code(refused), ErrorCode::INVALID_PARAMS);
    }

    #[test]
    fn a_long_text_is_cut_at_a_note() {
        let notes = (0..9).map(|n| (format!("note {n}"), "x".repeat(16 * 1024)));
        let text = listing(notes.collect());
        assert!(text.len() < MAX_TEXT_BYTES + 100);
        assert!(
            text.ends_with("(6 more notes do not fit here.)"),
            "{}",
            &text[text.len() - 60..]
        );
    }
}
