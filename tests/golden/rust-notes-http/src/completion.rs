//! Completion of prompt and resource template arguments.

use rmcp::model::{ArgumentInfo, CompletionInfo, Reference};

use crate::McpServer;
use crate::error::AppError;
use crate::prompts::summarize_notes;
use crate::resources::notes;

/// Values for `argument` that start with what was typed; none for a reference that is not known.
///
/// # Errors
///
/// Fails when the values cannot be listed.
pub async fn complete(
    server: &McpServer,
    reference: &Reference,
    argument: &ArgumentInfo,
) -> Result<CompletionInfo, AppError> {
    let name = argument.name.as_str();
    let candidates = match (reference.as_prompt_name(), reference.as_resource_uri()) {
        (Some(summarize_notes::NAME), _) => summarize_notes::complete(name),
        (_, Some(notes::TEMPLATE)) => notes::complete(server, name).await,
        _ => Vec::new(),
    };
    starting_with(&argument.value, candidates)
}

fn starting_with(typed: &str, candidates: Vec<String>) -> Result<CompletionInfo, AppError> {
    let typed = typed.to_lowercase();
    let mut values: Vec<String> = candidates
        .into_iter()
        .filter(|value| value.to_lowercase().starts_with(&typed))
        .collect();
    let total = u32::try_from(values.len()).ok();
    let has_more = values.len() > CompletionInfo::MAX_VALUES;
    values.truncate(CompletionInfo::MAX_VALUES);
    CompletionInfo::with_pagination(values, total, has_more).map_err(AppError::internal)
}

#[cfg(test)]
mod tests {
    use rmcp::model::CompleteRequestParams;
    use serde_json::json;

    use super::*;
    use crate::testing::{Client, call, connect};

    async fn values(client: &Client, reference: Reference, name: &str, typed: &str) -> Vec<String> {
        let argument = ArgumentInfo::new(name, typed);
        let request = CompleteRequestParams::new(reference, argument);
        client.complete(request).await.unwrap().completion.values
    }

    #[tokio::test]
    async fn known_arguments_are_completed_and_others_are_not() {
        let client = connect().await;
        for name in ["Apples", "apricots", "bread"] {
            let note = json!({"name": name, "content": ""});
            call(&client, "add-note", note).await;
        }
        let prompt = Reference::for_prompt(summarize_notes::NAME);
        assert_eq!(
            values(&client, prompt.clone(), "style", "de").await,
            ["detailed"]
        );
        assert!(values(&client, prompt, "other", "").await.is_empty());
        let note = Reference::for_resource(notes::TEMPLATE);
        assert_eq!(
            values(&client, note, "name", "ap").await,
            ["Apples", "apricots"]
        );
        let unknown = Reference::for_prompt("unknown");
        assert!(values(&client, unknown, "style", "").await.is_empty());
    }

    #[test]
    fn at_most_a_hundred_values_are_shown_of_all_that_match() {
        let candidates = (0..150).map(|n| format!("Note {n}")).collect();
        let shown = starting_with("note 1", candidates).unwrap();
        assert_eq!(shown.total, Some(61));
        assert_eq!(shown.has_more, Some(false));

        let candidates = (0..150).map(|n| format!("Note {n}")).collect();
        let shown = starting_with("", candidates).unwrap();
        assert_eq!(shown.values.len(), CompletionInfo::MAX_VALUES);
        assert_eq!(shown.has_more, Some(true));
    }
}
