//! `/readyz`: whether load balancers should send requests here.

use std::time::Duration;

use axum::{extract::State, http::StatusCode};
use tokio::time::timeout;

use crate::server::McpServer;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

pub async fn ready(State(server): State<McpServer>) -> (StatusCode, &'static str) {
    let no = StatusCode::SERVICE_UNAVAILABLE;
    if server.leaving.is_cancelled() {
        return (no, "the server is stopping\n");
    }
    match timeout(PATIENCE, server.database.items(1)).await {
        Ok(Ok(_)) => (StatusCode::OK, "ready\n"),
        _ => (no, "the database does not answer\n"),
    }
}
