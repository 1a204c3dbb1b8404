//! Completion of prompt and resource template arguments.

use rmcp::model::{ArgumentInfo, CompletionInfo, Reference};

use crate::McpServer;
use crate::error::AppError;
use crate::prompts::{order_summary, test_plan};
use crate::resources::catalog;

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
    let ArgumentInfo { name, value, .. } = argument;
    let candidates = match (reference.as_prompt_name(), reference.as_resource_uri()) {
        (Some(order_summary::NAME), _) => order_summary::complete(name),
        (Some(test_plan::NAME), _) => test_plan::complete(name),
        (_, Some(catalog::TEMPLATE)) => catalog::complete(server, name, value).await?,
        _ => Vec::new(),
    };
    starting_with(value, candidates)
}

fn starting_with(typed: &str, candidates: Vec<String>) -> Result<CompletionInfo, AppError> {
    let typed = typed.to_lowercase();
    let mut values: Vec<String> = candidates
        .into_iter()
        .filter(|value| value.to_lowercase().starts_with(&typed))
        .collect();
    let has_more = values.len() > CompletionInfo::MAX_VALUES;
    values.truncate(CompletionInfo::MAX_VALUES);
    CompletionInfo::with_pagination(values, None, has_more).map_err(AppError::internal)
}

#[cfg(test)]
mod tests {
    use rmcp::model::CompleteRequestParams;

    use super::*;
    use crate::testing::{Client, connect};

    async fn values(client: &Client, reference: Reference, name: &str, typed: &str) -> Vec<String> {
        let argument = ArgumentInfo::new(name, typed);
        let request = CompleteRequestParams::new(reference, argument);
        client.complete(request).await.unwrap().completion.values
    }

    #[tokio::test]
    async fn known_arguments_are_completed_and_others_are_not() {
        let client = connect().await;
        let summary = Reference::for_prompt(order_summary::NAME);
        assert_eq!(
            values(&client, summary.clone(), "tone", "F").await,
            ["formal", "friendly"]
        );
        assert!(values(&client, summary, "other", "").await.is_empty());
        let plan = Reference::for_prompt(test_plan::NAME);
        assert_eq!(values(&client, plan, "depth", "th").await, ["thorough"]);

        let item = Reference::for_resource(catalog::TEMPLATE);
        assert_eq!(values(&client, item.clone(), "sku", "SKU-").await.len(), 6);
        assert_eq!(
            values(&client, item.clone(), "sku", "SKU-003").await,
            ["SKU-003"]
        );
        assert!(values(&client, item, "sku", "X").await.is_empty());
        let unknown = Reference::for_prompt("unknown");
        assert!(values(&client, unknown, "tone", "").await.is_empty());
    }
}
