//! A database that does not do its part. Clients hear what is wrong, and nothing of where it is;
//! the server goes on, and serves again as soon as it can.

use std::process::Stdio;
use std::time::{Duration, Instant};

use rmcp::model::{CallToolRequestParams, object};
use serde_json::json;
use tokio::process::{Child, Command};
use tokio::time::timeout;
use tokio_postgres::NoTls;

use crate::database::TestDatabase;
use crate::proxy::Proxy;
use crate::slow::endless;
use crate::support::{Client, SOON};
use crate::{sample, session};

const UNREACHABLE: &str = "the database cannot be reached; try again in a moment";

async fn start(url: &str) -> (Child, Client) {
    let mut command = session::command();
    command
        .env("DATABASE_URL", url)
        .env("MCP_QUERY_TIMEOUT_SECONDS", "1");
    session::open((), command).await
}

async fn explanation(client: &Client, call: CallToolRequestParams) -> String {
    let result = client.call_tool(call).await.unwrap();
    assert_eq!(result.is_error, Some(true), "{result:?}");
    result.content[0].as_text().unwrap().text.clone()
}

fn query() -> CallToolRequestParams {
    let query = json!({"sql": "SELECT count(*) FROM orders"});
    CallToolRequestParams::new("run_query").with_arguments(object(query))
}

async fn assert_works(client: &Client) {
    for call in [sample::call(), query()] {
        let result = client.call_tool(call).await.unwrap();
        assert_eq!(result.is_error, Some(false), "{result:?}");
    }
}

/// The last line that the program writes before it ends by itself, with code 1.
async fn last_words(mut command: Command) -> String {
    let output = timeout(SOON, command.stdin(Stdio::null()).output()).await;
    let output = output.unwrap().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    message.lines().last().unwrap().to_owned()
}

#[tokio::test]
async fn a_locked_table_is_said_and_waited_for() {
    let database = TestDatabase::new();
    let (_process, client) = start(&database.url).await;
    let (owner, connection) = tokio_postgres::connect(&database.url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let lock = "BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE";
    owner.batch_execute(lock).await.unwrap();
    for call in [sample::call(), query()] {
        let text = explanation(&client, call).await;
        assert_eq!(text, "the database is locked; try again in a moment");
    }
    owner.batch_execute("COMMIT").await.unwrap();
    assert_works(&client).await;
}

#[tokio::test]
async fn a_database_that_goes_away_is_found_again() {
    let database = TestDatabase::new();
    let mut proxy = Proxy::start(&database.url).await;
    let (_process, client) = start(&proxy.url()).await;
    for _ in 0..2 {
        assert_works(&client).await;
        proxy.cut().await;
        for call in [sample::call(), query()] {
            assert_eq!(explanation(&client, call).await, UNREACHABLE);
        }
        proxy.mend().await;
    }
    assert_works(&client).await;
}

#[tokio::test]
async fn a_call_ends_when_the_database_goes_away() {
    let database = TestDatabase::new();
    let mut proxy = Proxy::start(&database.url).await;
    let (_process, client) = start(&proxy.url()).await;
    let (text, ()) = tokio::join!(explanation(&client, endless()), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        proxy.cut().await;
    });
    assert_eq!(text, UNREACHABLE);
    proxy.mend().await;
    assert_works(&client).await;
}

#[tokio::test]
async fn a_database_that_says_nothing_is_not_waited_for() {
    let database = TestDatabase::new();
    let proxy = Proxy::start(&database.url).await;
    let (_process, client) = start(&proxy.url()).await;
    assert_works(&client).await;
    proxy.flow(false);
    let started = Instant::now();
    for call in [sample::call(), query()] {
        let text = explanation(&client, call).await;
        assert!(!text.contains("127.0.0.1"), "{text}");
    }
    assert!(started.elapsed() < SOON);
    proxy.flow(true);
    assert_works(&client).await;
}

#[tokio::test]
async fn replicas_that_start_together_make_the_tables_once() {
    let database = TestDatabase::new();
    let start = || start(&database.url);
    let replicas = tokio::join!(start(), start(), start(), start());
    for (_process, client) in [replicas.0, replicas.1, replicas.2, replicas.3] {
        assert_works(&client).await;
    }
    assert_eq!(database.dump().matches("ORD-1001").count(), 1);
}

#[tokio::test]
async fn a_database_that_cannot_be_used_ends_the_program() {
    let refusal = async |url: &str| {
        let mut command = session::command();
        command.env("DATABASE_URL", url);
        let message = last_words(command).await;
        assert!(message.contains("DATABASE_URL"), "{message}");
        for secret in ["hunter2", "127.0.0.1", "localhost"] {
            assert!(!message.contains(secret), "{message}");
        }
        message
    };
    let message = refusal("postgres://user:hunter2@127.0.0.1:1/db").await;
    assert!(message.contains("refused"), "{message}");

    let database = TestDatabase::new();
    let (_process, client) = start(&database.url).await;
    assert_works(&client).await;
    let newer = "INSERT INTO applied_migrations (version) VALUES (99)";
    crate::schema::run(&database.url, newer);
    let message = refusal(&database.url).await;
    assert!(message.contains("newer version"), "{message}");
}

#[tokio::test]
async fn an_address_that_is_missing_or_wrong_is_a_mistake_in_the_settings() {
    for url in [
        "",
        "mysql://user:hunter2@localhost/db",
        "postgres://user:hunter2@/db",
    ] {
        let message = crate::support::refusal(&[], &[("DATABASE_URL", url)]).await;
        assert!(message.contains("DATABASE_URL"), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}
