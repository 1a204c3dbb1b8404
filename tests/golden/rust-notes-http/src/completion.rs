//! Completion of the arguments of prompts and resource templates.

use rmcp::model::{ArgumentInfo, CompletionInfo, Reference};

use crate::error::AppError;
use crate::prompts::summarize_notes;
use crate::resources::notes;
use crate::server::McpServer;

/// Values for `argument` that start with what was typed; none for a reference that is not known.
pub async fn complete(
    server: &McpServer,
    reference: &Reference,
    argument: &ArgumentInfo,
) -> Result<CompletionInfo, AppError> {
    let names = (reference.as_prompt_name(), reference.as_resource_uri());
    let candidates: Vec<String> = match (names, argument.name.as_str()) {
        ((Some(summarize_notes::NAME), _), "style") => vec!["brief".into(), "detailed".into()],
        ((_, Some(notes::TEMPLATE)), "name") => server.notes.all().await.into_keys().collect(),
        _ => Vec::new(),
    };
    let typed = argument.value.to_lowercase();
    let fits = |value: &String| value.to_lowercase().starts_with(&typed);
    let mut values: Vec<String> = candidates.into_iter().filter(fits).collect();
    let total = values.len();
    values.truncate(CompletionInfo::MAX_VALUES);
    let more = total > values.len();
    let completion = CompletionInfo::with_pagination(values, u32::try_from(total).ok(), more);
    completion.map_err(AppError::Shown)
}

#[cfg(test)]
mod tests {
    use rmcp::model::CompleteRequestParams;
    use serde_json::json;

    use super::*;
    use crate::server::tests::{Client, call, connect};

    async fn values(client: &Client, reference: Reference, name: &str, typed: &str) -> Vec<String> {
        let argument = ArgumentInfo::new(name, typed);
        let request = CompleteRequestParams::new(reference, argument);
        client.complete(request).await.unwrap().completion.values
    }

    #[tokio::test]
    async fn known_arguments_are_completed_and_others_are_not() {
        let client = connect().await;
        for name in ["Apples", "apricots", "bread"] {
            call(&client, "add-note", json!({"name": name, "content": ""})).await;
        }
        let prompt = Reference::for_prompt(summarize_notes::NAME);
        let note = Reference::for_resource(notes::TEMPLATE);
        let unknown = Reference::for_prompt("unknown");
        for (reference, name, typed, expected) in [
            (&prompt, "style", "de", &["detailed"][..]),
            (&prompt, "other", "", &[]),
            (&note, "name", "ap", &["Apples", "apricots"]),
            (&unknown, "style", "", &[]),
        ] {
            let found = values(&client, reference.clone(), name, typed).await;
            assert_eq!(found, expected);
        }
    }
}
