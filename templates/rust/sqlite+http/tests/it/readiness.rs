//! `/readyz` and the pool's metrics, with a database that fails and recovers.

use rusqlite::Connection;

use crate::database::TestDatabase;
use crate::http::{Server, assert_status, serving, until};

#[tokio::test]
async fn a_server_is_ready_while_its_database_answers() {
    let database = TestDatabase::new();
    let mut command = serving(&[]);
    let server = Server::spawn({
        command.envs(database.environment());
        command
    })
    .await;
    assert_status(&server.get("/readyz", &[]).await, 200);
    let metrics = server.get("/metrics", &[]).await;
    assert!(metrics.contains("mcp_database_connections 8"), "{metrics}");
    assert!(metrics.contains("mcp_database_connections_in_use 0"));
    assert!(metrics.contains("mcp_database_requests_waiting 0"));

    let connection = Connection::open(&database.path).unwrap();
    for (change, status) in [
        ("ALTER TABLE items RENAME TO gone", 503),
        ("ALTER TABLE gone RENAME TO items", 200),
    ] {
        connection.execute(change, []).unwrap();
        // An answer holds for a second.
        let expected = format!("HTTP/1.1 {status} ");
        until(async || server.get("/readyz", &[]).await.starts_with(&expected)).await;
        assert_status(&server.get("/healthz", &[]).await, 200);
    }
}
