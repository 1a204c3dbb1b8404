//! `get_order`: one order.

use rmcp::handler::server::wrapper::{Json, Parameters};
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::AppError;
use crate::orders::{MAX_ID_BYTES, Order, check_id, not_found};
use crate::server::McpServer;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetOrder {
    /// Identifier of the order.
    #[schemars(length(min = 1, max = MAX_ID_BYTES), example = &"ORD-1001")]
    order_id: String,
}

#[tool_router(router = get_order_tool, vis = "pub(super)")]
impl McpServer {
    #[tool(
        name = "get_order",
        title = "Get an order",
        description = "Get one order by its identifier. It changes nothing.",
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn get_order(
        &self,
        Parameters(GetOrder { order_id }): Parameters<GetOrder>,
    ) -> Result<Json<Order>, AppError> {
        check_id(&order_id)?;
        match self.database.order(&order_id).await? {
            Some(order) => Ok(Json(order)),
            None => Err(not_found(&order_id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::server::tests::{call, connect};

    #[tokio::test]
    async fn an_order_is_found_by_its_identifier() {
        let client = connect().await;
        let order = call(&client, "get_order", json!({"order_id": "ORD-1003"})).await;
        let expected = json!({
            "id": "ORD-1003",
            "customer": "Grace Hopper",
            "status": "cancelled",
            "sku": "SKU-004",
            "quantity": 3,
            "total_cents": 23850,
            "created_at": "2026-01-11T08:45:00Z",
        });
        assert_eq!(order.structured_content, Some(expected));
    }

    #[tokio::test]
    async fn a_mistake_of_the_model_is_explained_to_it() {
        let client = connect().await;
        for (arguments, explanation) in [
            (json!({}), "missing field `order_id`"),
            (json!({"order_id": 7}), "invalid type: integer `7`"),
            (json!({"order_id": "ORD-0"}), "order `ORD-0` was not found"),
            (json!({"order_id": ""}), "1 to 64 bytes"),
            (json!({"order_id": "x".repeat(65)}), "1 to 64 bytes"),
        ] {
            let result = call(&client, "get_order", arguments).await;
            let text = &result.content[0].as_text().unwrap().text;
            assert!(text.contains(explanation), "{text}");
        }
    }
}
