//! Statements that `run_query` must refuse or bound. The database is the same afterwards.

use std::time::{Duration, Instant};

use rmcp::model::{CallToolRequestParams, object};
use serde_json::json;

use crate::database::{HOSTILE, TestDatabase};
use crate::support::Client;
use crate::{sample, session};

/// What is no single SELECT over the tables of the server.
const REFUSED: &[&str] = &[
    // Writes
    "INSERT INTO items VALUES ('SKU-999', 'Nothing', 1, 1)",
    "INSERT INTO items VALUES ('SKU-999', 'Nothing', 1, 1) RETURNING sku",
    "UPDATE orders SET status = 'pending'",
    "UPDATE orders SET status = 'pending' RETURNING id",
    "DELETE FROM orders",
    "TRUNCATE orders",
    "WITH gone AS (DELETE FROM orders RETURNING id) SELECT id FROM gone",
    "SELECT id INTO loot FROM orders",
    "CREATE TABLE loot (id integer)",
    "CREATE TABLE loot AS SELECT id FROM orders",
    "CREATE TEMPORARY TABLE loot (id integer)",
    "CREATE VIEW loot AS SELECT id FROM orders",
    "CREATE INDEX loot ON orders (customer)",
    "ALTER TABLE orders ADD COLUMN loot integer",
    "DROP TABLE orders",
    "DROP INDEX orders_by_status",
    // Ways out of the transaction, or of the statement
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT a",
    "COMMIT; DROP TABLE orders",
    "SELECT 1; DELETE FROM orders",
    "SELECT 1; SELECT 2",
    "SELECT 1) ; DROP TABLE orders; --",
    // Other statements
    "",
    " ;",
    "-- nothing but a comment",
    "EXPLAIN SELECT id FROM orders",
    "ANALYZE",
    "REINDEX",
    "VACUUM",
    "PRAGMA query_only = OFF",
    "SET TRANSACTION READ WRITE",
    "SET statement_timeout = 0",
    "RESET ALL",
    "ATTACH DATABASE '/tmp/loot' AS loot",
    "COPY orders TO PROGRAM 'sh'",
    "COPY orders TO '/tmp/loot'",
    "COPY orders FROM '/etc/passwd'",
    "DO $$ BEGIN DELETE FROM orders; END $$",
    "CALL loot()",
    "LOCK TABLE orders",
    "GRANT ALL ON orders TO PUBLIC",
    "PREPARE loot AS SELECT 1",
    "LISTEN loot",
    // What is not for callers
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_sleep(60)",
    "SELECT load_extension('/tmp/loot')",
    "SELECT readfile('/etc/passwd')",
    "SELECT * FROM sqlite_schema",
    "SELECT * FROM pg_shadow",
    "SELECT * FROM loot",
    // Mistakes
    "SELECT FROM WHERE orders",
    "SELECT 'never closed",
    "SELECT loot FROM orders",
    "SELECT id FROM orders WHERE id = $1",
];

/// What is a SELECT, and asks for too much.
const BOUNDED: &[&str] = &[
    "SELECT a.id, b.customer, c.customer FROM orders a, orders b, orders c",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT max(i) FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n ORDER BY i DESC",
    "WITH RECURSIVE n(t) AS (SELECT 'x' UNION ALL SELECT t || t FROM n) SELECT length(t) FROM n",
    "SELECT count(*) FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, orders h",
    "SELECT a.customer || b.customer || c.customer || d.customer AS t \
     FROM orders a, orders b, orders c, orders d, orders e, orders f ORDER BY t",
    // Seven kilobytes a row
    "SELECT replace(replace(replace('xxxxxxxxxx', 'x', 'yyyyyyyyyy'), 'y', 'zzzzzzzzzz'), 'z', 'vvvvvvv') || a.id || b.id AS t \
     FROM orders a, orders b, orders c, orders d, orders e, orders f ORDER BY t DESC",
    "SELECT string_agg(a.customer || b.customer, ',') \
     FROM orders a, orders b, orders c, orders d, orders e, orders f",
    "SELECT DISTINCT a.id || b.id || c.id || d.id || e.id || f.id \
     FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g",
];

/// The limits of the settings, and how much later an answer may come on a busy machine.
const MAX_ROWS: usize = 50;
const MAX_BYTES: usize = 8192;
const TIME: Duration = Duration::from_secs(1);
const DELAY: Duration = Duration::from_secs(4);

/// What the server may hold in memory at its peak, where the system tells.
const MAX_MEMORY_KIB: usize = 160 * 1024;

/// What the model reads when `sql` was refused.
async fn run(client: &Client, sql: &str) -> Option<String> {
    let query = object(json!({"sql": sql}));
    let request = CallToolRequestParams::new("run_query").with_arguments(query);
    let started = Instant::now();
    let result = client.call_tool(request).await.unwrap();
    assert!(started.elapsed() < TIME + DELAY, "{sql}");
    if result.is_error == Some(true) {
        let text = &result.content[0].as_text().unwrap().text;
        for secret in ["/tmp", "/etc", env!("CARGO_TARGET_TMPDIR"), "panicked"] {
            assert!(
                !text.contains(secret) || sql.contains(secret),
                "{sql}: {text}"
            );
        }
        return Some(text.clone());
    }
    let rows = result.structured_content.unwrap()["rows"].take();
    assert!(rows.as_array().unwrap().len() <= MAX_ROWS, "{sql}");
    assert!(rows.to_string().len() <= MAX_BYTES * 2, "{sql}");
    None
}

#[tokio::test]
async fn no_statement_changes_the_database_or_takes_too_much() {
    let database = TestDatabase::new();
    let mut command = session::command();
    command
        .envs(database.environment())
        .env("MCP_QUERY_MAX_ROWS", MAX_ROWS.to_string())
        .env("MCP_QUERY_MAX_BYTES", MAX_BYTES.to_string())
        .env("MCP_QUERY_TIMEOUT_SECONDS", TIME.as_secs().to_string());
    let (process, client) = session::open((), command).await;
    let before = database.dump();
    assert!(before.contains("ORD-1001"), "{before}");

    for sql in REFUSED.iter().chain(HOSTILE) {
        assert!(run(&client, sql).await.is_some(), "{sql} was not refused");
    }
    for sql in BOUNDED {
        run(&client, sql).await;
    }
    assert_eq!(database.dump(), before);
    let result = client.call_tool(sample::call()).await.unwrap();
    assert_eq!(result.is_error, Some(false), "{result:?}");
    if let Some(peak) = peak_memory(process.id().unwrap()) {
        assert!(peak < MAX_MEMORY_KIB, "{peak} KiB");
    }
}

/// The most memory that a process has used, in KiB, where the system tells.
fn peak_memory(process: u32) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
