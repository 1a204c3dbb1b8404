//! Completion of the arguments of prompts and resource templates.

use rmcp::model::{ArgumentInfo, CompletionInfo, Reference};

use crate::error::AppError;
use crate::prompts::{order_summary, test_plan};
use crate::resources::catalog;
use crate::server::McpServer;

/// One more than a completion can hold, which shows that there are more.
const MAX_SKUS: u32 = 101;

/// Values for `argument` that start with what was typed; none for a reference that is not known.
pub async fn complete(
    server: &McpServer,
    reference: &Reference,
    argument: &ArgumentInfo,
) -> Result<CompletionInfo, AppError> {
    let names = (reference.as_prompt_name(), reference.as_resource_uri());
    let candidates = match (names, argument.name.as_str()) {
        ((Some(order_summary::NAME), _), "tone") => texts(&["brief", "formal", "friendly"]),
        ((Some(test_plan::NAME), _), "depth") => texts(&["smoke", "standard", "thorough"]),
        ((_, Some(catalog::TEMPLATE)), "sku") => {
            server.database.skus(&argument.value, MAX_SKUS).await?
        }
        _ => Vec::new(),
    };
    let typed = argument.value.to_lowercase();
    let fits = |value: &String| value.to_lowercase().starts_with(&typed);
    let mut values: Vec<String> = candidates.into_iter().filter(fits).collect();
    let more = values.len() > CompletionInfo::MAX_VALUES;
    values.truncate(CompletionInfo::MAX_VALUES);
    CompletionInfo::with_pagination(values, None, more).map_err(AppError::Shown)
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use rmcp::model::CompleteRequestParams;

    use super::*;
    use crate::server::tests::connect;

    #[tokio::test]
    async fn known_arguments_are_completed_and_others_are_not() {
        let client = connect().await;
        let summary = Reference::for_prompt(order_summary::NAME);
        let plan = Reference::for_prompt(test_plan::NAME);
        let item = Reference::for_resource(catalog::TEMPLATE);
        let unknown = Reference::for_prompt("unknown");
        for (reference, name, typed, expected) in [
            (&summary, "tone", "F", &["formal", "friendly"][..]),
            (&summary, "other", "", &[]),
            (&plan, "depth", "th", &["thorough"]),
            (&item, "sku", "SKU-003", &["SKU-003"]),
            (&item, "sku", "X", &[]),
            (&unknown, "tone", "", &[]),
        ] {
            let argument = ArgumentInfo::new(name, typed);
            let request = CompleteRequestParams::new(reference.clone(), argument);
            let found = client.complete(request).await.unwrap().completion;
            assert_eq!(found.values, expected);
        }
    }
}
