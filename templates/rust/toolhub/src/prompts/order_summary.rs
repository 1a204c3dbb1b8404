//! `order_summary`: ask the model to tell a customer about an order.

use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{GetPromptResult, PromptMessage, Role};
use rmcp::{ErrorData, prompt, prompt_router};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::AppError;
use crate::orders::{MAX_ID_BYTES, check_id, not_found};
use crate::server::McpServer;

pub const NAME: &str = "order_summary";

const DESCRIPTION: &str = "Tell a customer about one order, in the tone that fits.";

#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Tone {
    Brief,
    Formal,
    #[default]
    Friendly,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OrderSummary {
    /// Identifier of the order, for example `ORD-1001`.
    #[schemars(length(min = 1, max = MAX_ID_BYTES))]
    order_id: String,
    /// How to write: `brief`, `formal` or `friendly` (the default).
    #[serde(default)]
    tone: Tone,
}

#[prompt_router(router = "order_summary_prompt", vis = "pub(super)")]
impl McpServer {
    #[prompt(
        name = "order_summary",
        title = "Summarize an order",
        description = DESCRIPTION
    )]
    async fn order_summary(
        &self,
        Parameters(OrderSummary { order_id, tone }): Parameters<OrderSummary>,
    ) -> Result<GetPromptResult, ErrorData> {
        check_id(&order_id)?;
        let Some(order) = self.database.order(&order_id).await? else {
            return Err(not_found(&order_id).into());
        };
        let request = match tone {
            Tone::Brief => "Tell the customer in one sentence how this order stands.",
            Tone::Formal => "Write the customer a formal message about this order.",
            Tone::Friendly => "Write the customer a short, friendly message about this order.",
        };
        let order = serde_json::to_string_pretty(&order).map_err(AppError::from)?;
        let text = format!("{request} Say nothing that is not in it.\n\n{order}");
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
    async fn the_prompt_carries_the_order_and_the_tone() {
        let client = connect().await;
        for (arguments, expected) in [
            (json!({"order_id": "ORD-1001"}), "friendly"),
            (json!({"order_id": "ORD-1001", "tone": "formal"}), "formal"),
        ] {
            let result = client.get_prompt(request(arguments)).await.unwrap();
            let text = serde_json::to_string(&result.messages).unwrap();
            assert!(
                text.contains(expected) && text.contains("Ada Lovelace"),
                "{text}"
            );
        }
    }

    #[tokio::test]
    async fn what_does_not_fit_is_refused() {
        let client = connect().await;
        for arguments in [
            json!({}),
            json!({"order_id": "ORD-0"}),
            json!({"order_id": "ORD-1001", "tone": "rude"}),
        ] {
            let refused = client.get_prompt(request(arguments)).await.unwrap_err();
            assert!(refused.to_string().contains("-32602"), "{refused}");
        }
    }
}
