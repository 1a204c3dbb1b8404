//! The settings of the database and of queries.

use crate::support::refusal;

#[tokio::test]
async fn a_limit_that_does_not_fit_is_named() {
    for (variable, value) in [
        ("MCP_DATABASE_CONNECTIONS", "0"),
        ("MCP_DATABASE_CONNECTIONS", "101"),
        ("MCP_DATABASE_SEED", "perhaps"),
        ("MCP_QUERY_TIMEOUT_SECONDS", "0"),
        ("MCP_QUERY_MAX_ROWS", "0"),
        ("MCP_QUERY_MAX_ROWS", "1000000"),
        ("MCP_QUERY_MAX_BYTES", "1"),
        ("MCP_CATALOG_TTL_SECONDS", "-1"),
    ] {
        let message = refusal(&[], &[(variable, value)]).await;
        assert!(message.contains(variable), "{message}");
    }
}
