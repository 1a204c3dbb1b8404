//! `test_plan`: ask the model how to test a feature of the shop.

use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{GetPromptResult, PromptMessage, Role};
use rmcp::{ErrorData, prompt, prompt_router};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::AppError;
use crate::server::McpServer;

pub const NAME: &str = "test_plan";

const DESCRIPTION: &str = "Write a plan for testing one feature of the order system.";

const MAX_FEATURE_BYTES: usize = 500;

#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Depth {
    Smoke,
    #[default]
    Standard,
    Thorough,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TestPlan {
    /// The feature to test, in a few words.
    #[schemars(length(min = 1, max = MAX_FEATURE_BYTES))]
    feature: String,
    /// How much to test: `smoke`, `standard` (the default) or `thorough`.
    #[serde(default)]
    depth: Depth,
}

#[prompt_router(router = "test_plan_prompt", vis = "pub(super)")]
impl McpServer {
    #[prompt(
        name = "test_plan",
        title = "Plan tests",
        description = DESCRIPTION
    )]
    async fn test_plan(
        &self,
        Parameters(TestPlan { feature, depth }): Parameters<TestPlan>,
    ) -> Result<GetPromptResult, ErrorData> {
        if feature.trim().is_empty() || feature.len() > MAX_FEATURE_BYTES {
            let text = format!("`feature` must have 1 to {MAX_FEATURE_BYTES} bytes");
            return Err(AppError::Shown(text).into());
        }
        let request = match depth {
            Depth::Smoke => "List the few checks that show at once whether it works at all.",
            Depth::Standard => "Cover what users do, and the mistakes that they make.",
            Depth::Thorough => {
                "Cover what users do, their mistakes, limits, concurrent changes, and failures of \
                 the database."
            }
        };
        let text = format!(
            "Write a test plan for this feature of an order system: {feature}\n\n{request} Give \
             each test its steps and the result that is expected."
        );
        Ok(
            GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)])
                .with_description(DESCRIPTION),
        )
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::GetPromptRequestParams;
    use serde_json::{Value, json};

    use super::*;
    use crate::server::tests::connect;

    fn request(arguments: Value) -> GetPromptRequestParams {
        let arguments = serde_json::from_value(arguments).unwrap();
        GetPromptRequestParams::new(NAME).with_arguments(arguments)
    }

    #[tokio::test]
    async fn the_prompt_carries_the_feature_and_the_depth() {
        let client = connect().await;
        let arguments = json!({"feature": "refunds", "depth": "thorough"});
        let result = client.get_prompt(request(arguments)).await.unwrap();
        let text = serde_json::to_string(&result.messages).unwrap();
        assert!(
            text.contains("refunds") && text.contains("concurrent"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn what_does_not_fit_is_refused() {
        let client = connect().await;
        for arguments in [
            json!({}),
            json!({"feature": " "}),
            json!({"feature": "x".repeat(501)}),
            json!({"feature": "refunds", "depth": "endless"}),
        ] {
            let refused = client.get_prompt(request(arguments)).await.unwrap_err();
            assert!(refused.to_string().contains("-32602"), "{refused}");
        }
    }
}
