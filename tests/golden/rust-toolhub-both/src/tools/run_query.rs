//! `run_query`: one SELECT of the caller's, within limits.

use rmcp::handler::server::wrapper::Json;
use rmcp::service::RequestContext;
use rmcp::{RoleServer, tool, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::McpServer;
use crate::arguments::Parameters;
use crate::error::AppError;
use crate::progress;
use crate::query::{MAX_PARAMETERS, MAX_SQL_BYTES, QueryResult, QueryValue};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RunQuery {
    /// One SELECT. Where a value belongs, write $1, $2 and so on, and give it in `parameters`.
    #[schemars(
        length(min = 1, max = MAX_SQL_BYTES),
        example = &"SELECT status, count(*) AS orders FROM orders GROUP BY status"
    )]
    sql: String,
    /// The values of $1, $2 and so on.
    #[serde(default)]
    #[schemars(length(max = MAX_PARAMETERS))]
    parameters: Vec<QueryValue>,
}

#[tool_router(router = run_query_tool, vis = "pub(super)")]
impl McpServer {
    #[tool(
        name = "run_query",
        title = "Run a query",
        description = "Run one read-only SELECT in the SQL of SQLite over the tables \
                       items (sku, name, price_cents, stock) and \
                       orders (id, customer, status, sku, quantity, total_cents, created_at). \
                       Its rows, their size and its time are limited; `truncated` says that there \
                       are more rows. It changes nothing, and may take some seconds.",
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn run_query(
        &self,
        Parameters(RunQuery { sql, parameters }): Parameters<RunQuery>,
        context: RequestContext<RoleServer>,
    ) -> Result<Json<QueryResult>, AppError> {
        let query = self.database.query(sql, parameters);
        progress::while_running(&context, query).await.map(Json)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{call, connect, failure};

    #[tokio::test]
    async fn a_query_returns_its_columns_and_rows() {
        let client = connect().await;
        let query = json!({
            "sql": "SELECT status, count(*) AS orders FROM orders \
                    WHERE total_cents > $1 GROUP BY status ORDER BY status",
            "parameters": [20000],
        });
        let result = call(&client, "run_query", query).await;
        let expected = json!({
            "columns": ["status", "orders"],
            "rows": [["cancelled", 1], ["delivered", 2], ["pending", 3]],
            "truncated": false,
        });
        assert_eq!(result.structured_content, Some(expected));
    }

    #[tokio::test]
    async fn parameters_are_values_and_never_part_of_the_statement() {
        let client = connect().await;
        for (value, found) in [("Ada Lovelace", 2), ("' OR 1=1 --", 0), ("", 0)] {
            let query = json!({
                "sql": "SELECT id FROM orders WHERE customer = $1",
                "parameters": [value],
            });
            let result = call(&client, "run_query", query).await;
            let rows = &result.structured_content.unwrap()["rows"];
            assert_eq!(rows.as_array().unwrap().len(), found, "{value}");
        }
    }

    #[tokio::test]
    async fn a_mistake_of_the_model_is_explained_to_it() {
        let client = connect().await;
        for (arguments, explanation) in [
            (json!({"sql": " "}), "`sql` must not be blank"),
            (json!({"sql": "x".repeat(4001)}), "the limit is 4000"),
            (
                json!({"sql": "SELECT 1", "parameters": vec![0; 51]}),
                "the limit is 50",
            ),
            (json!({"sql": "SELECT nothing FROM orders"}), "nothing"),
            (json!({"sql": "SELECT FROM"}), "syntax"),
            (json!({"sql": "SELECT 1", "parameters": [1]}), "parameter"),
            (
                json!({"sql": "SELECT id FROM orders WHERE id = $2", "parameters": ["x"]}),
                "parameter",
            ),
        ] {
            let result = call(&client, "run_query", arguments).await;
            let text = failure(&result);
            assert!(text.contains(explanation), "{text}");
        }
    }
}
