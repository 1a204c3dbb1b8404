//! `list_orders`: orders by status, page by page.

use rmcp::handler::server::wrapper::{Json, Parameters};
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::orders::{Order, OrderStatus};
use crate::server::McpServer;

const MAX_LIMIT: u32 = 100;

/// Longer than any cursor of this server.
const MAX_CURSOR_BYTES: usize = 100;

/// A cursor names the last order that was seen, so that no other is skipped or repeated when orders come and go.
const CURSOR: &str = "after:";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListOrders {
    /// List only orders of this status.
    #[serde(default)]
    #[schemars(with = "OrderStatus")]
    status: Option<OrderStatus>,
    /// How many orders to return at most.
    #[serde(default = "default_limit")]
    #[schemars(range(min = 1, max = MAX_LIMIT))]
    limit: u32,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    #[schemars(with = "String", length(max = MAX_CURSOR_BYTES))]
    cursor: Option<String>,
}

fn default_limit() -> u32 {
    20
}

#[derive(Debug, Serialize, JsonSchema)]
struct OrdersPage {
    orders: Vec<Order>,
    /// Give this as `cursor` to get the next page; there is none after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[tool_router(router = list_orders_tool, vis = "pub(super)")]
impl McpServer {
    #[tool(
        name = "list_orders",
        title = "List orders",
        description = "List orders by their identifiers, all or those of one status, page by page. \
                       It changes nothing.",
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn list_orders(
        &self,
        Parameters(ListOrders {
            status,
            limit,
            cursor,
        }): Parameters<ListOrders>,
    ) -> Result<Json<OrdersPage>, AppError> {
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(AppError::Shown(format!("`limit` must be 1 to {MAX_LIMIT}")));
        }
        let cursor = cursor.unwrap_or_else(|| CURSOR.to_owned());
        let after = cursor.strip_prefix(CURSOR);
        let Some(after) = after.filter(|_| cursor.len() <= MAX_CURSOR_BYTES) else {
            return Err(AppError::Shown("`cursor` is not valid".to_owned()));
        };
        // One more than asked for shows whether there is a next page.
        let mut orders = self.database.orders(status, after, limit + 1).await?;
        let more = orders.len() > limit as usize;
        orders.truncate(limit as usize);
        let last = orders.last().filter(|_| more);
        let next_cursor = last.map(|order| format!("{CURSOR}{}", order.id));
        Ok(Json(OrdersPage {
            orders,
            next_cursor,
        }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::server::tests::{Client, call, connect};

    /// The identifiers on every page, and how many pages there are.
    async fn walk(client: &Client, mut arguments: Value) -> (Vec<String>, usize) {
        let (mut ids, mut pages) = (Vec::new(), 0);
        loop {
            let page = call(client, "list_orders", arguments.clone()).await;
            let page = page.structured_content.unwrap();
            let orders = page["orders"].as_array().unwrap().iter();
            ids.extend(orders.map(|order| order["id"].as_str().unwrap().to_owned()));
            pages += 1;
            let Some(cursor) = page.get("next_cursor") else {
                return (ids, pages);
            };
            arguments["cursor"] = cursor.clone();
        }
    }

    #[tokio::test]
    async fn every_order_is_on_one_page_in_a_stable_order() {
        let client = connect().await;
        let (all, pages) = walk(&client, json!({})).await;
        assert_eq!((all.len(), pages), (12, 1));
        assert!(all.is_sorted());
        for (limit, pages) in [(1, 12), (5, 3), (6, 2), (12, 1)] {
            let walked = walk(&client, json!({"limit": limit})).await;
            assert_eq!(walked, (all.clone(), pages));
        }
    }

    #[tokio::test]
    async fn a_status_is_kept_on_every_page() {
        let client = connect().await;
        let pending = json!({"status": "pending", "limit": 3});
        let expected = ["ORD-1009", "ORD-1010", "ORD-1011", "ORD-1012"];
        assert_eq!(
            walk(&client, pending).await,
            (expected.map(String::from).to_vec(), 2)
        );
    }

    #[tokio::test]
    async fn a_mistake_of_the_model_is_explained_to_it() {
        let client = connect().await;
        for (arguments, explanation) in [
            (json!({"limit": 0}), "`limit` must be 1 to 100"),
            (json!({"limit": 101}), "`limit` must be 1 to 100"),
            (json!({"cursor": "1"}), "`cursor` is not valid"),
            (json!({"status": "lost"}), "lost"),
        ] {
            let result = call(&client, "list_orders", arguments).await;
            let text = &result.content[0].as_text().unwrap().text;
            assert!(text.contains(explanation), "{text}");
        }
    }
}
