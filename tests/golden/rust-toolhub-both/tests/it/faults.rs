//! A database that does not do its part. Clients hear what is wrong, and nothing of where it is;
//! the server goes on, and serves again as soon as it can.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rmcp::model::{CallToolRequestParams, ReadResourceRequestParams, object};
use rusqlite::Connection;
use serde_json::json;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::database::TestDatabase;
use crate::support::{Client, SOON, exit};
use crate::{sample, session};

async fn start(database: &TestDatabase) -> (Child, Client) {
    let mut command = session::command();
    command.envs(database.environment());
    session::open((), command).await
}

/// What a caller reads who gets no order.
async fn failure(client: &Client) -> String {
    let result = client.call_tool(sample::call()).await.unwrap();
    assert_eq!(result.is_error, Some(true), "{result:?}");
    let query = json!({"sql": "SELECT count(*) FROM orders"});
    let query = CallToolRequestParams::new("run_query").with_arguments(object(query));
    let same = client.call_tool(query).await.unwrap();
    assert_eq!(result.content, same.content);
    result.content[0].as_text().unwrap().text.clone()
}

async fn assert_works(client: &Client) {
    let result = client.call_tool(sample::call()).await.unwrap();
    assert_eq!(result.is_error, Some(false), "{result:?}");
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
async fn a_locked_database_is_said_and_waited_for() {
    let database = TestDatabase::new();
    let (_process, client) = start(&database).await;
    let owner = Connection::open(&database.path).unwrap();
    owner
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        .unwrap();
    assert_eq!(
        failure(&client).await,
        "the database is locked; try again in a moment"
    );
    // They wait for one reading of the catalog, not one after the other for their own.
    let started = Instant::now();
    let mut readers = JoinSet::new();
    for _ in 0..20 {
        let peer = client.peer().clone();
        let request = ReadResourceRequestParams::new("catalog://all");
        readers.spawn(async move { peer.read_resource(request).await });
    }
    for outcome in readers.join_all().await {
        let text = outcome.unwrap_err().to_string();
        assert!(text.contains("the database is locked"), "{text}");
    }
    assert!(started.elapsed() < Duration::from_secs(10));
    drop(owner);
    assert_works(&client).await;
}

#[tokio::test]
async fn who_writes_and_who_reads_do_not_wait_for_each_other() {
    let database = TestDatabase::new();
    let (_process, client) = start(&database).await;
    assert_works(&client).await;
    let writer = Connection::open(&database.path).unwrap();
    writer
        .execute_batch("BEGIN IMMEDIATE; UPDATE orders SET quantity = 7")
        .unwrap();
    assert_works(&client).await;
    writer.execute_batch("COMMIT").unwrap();
    let result = client.call_tool(sample::call()).await.unwrap();
    assert_eq!(result.structured_content.unwrap()["quantity"], 7);
}

#[cfg(unix)]
#[tokio::test]
async fn a_database_that_goes_away_is_found_again() {
    let database = TestDatabase::new();
    let (_process, client) = start(&database).await;
    assert_works(&client).await;
    let folder = database.path.parent().unwrap();
    let elsewhere = folder.with_extension("elsewhere");
    for content in [None, Some("no database")] {
        fs::rename(folder, &elsewhere).unwrap();
        if let Some(content) = content {
            fs::create_dir(folder).unwrap();
            fs::write(&database.path, content).unwrap();
        }
        let text = failure(&client).await;
        assert_eq!(text, "the database cannot be read; try again in a moment");
        if content.is_some() {
            fs::remove_dir_all(folder).unwrap();
        }
        fs::rename(&elsewhere, folder).unwrap();
        assert_works(&client).await;
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_used_ends_the_program_and_is_named() {
    let database = TestDatabase::new();
    let refusal = async |path: &Path| {
        let mut command = session::command();
        command.env("MCP_DATABASE_FILE", path);
        let message = last_words(command).await;
        assert!(message.contains("MCP_DATABASE_FILE"), "{message}");
        message
    };
    let message = refusal(&database.path.join("no/such/folder")).await;
    assert!(message.contains("unable to open"), "{message}");

    fs::write(
        &database.path,
        "no database, but a longer text than its header",
    )
    .unwrap();
    let message = refusal(&database.path).await;
    assert!(message.contains("not a database"), "{message}");

    fs::remove_file(&database.path).unwrap();
    let newer = Connection::open(&database.path).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    let message = refusal(&database.path).await;
    assert!(message.contains("newer version"), "{message}");
}

/// A limit on the size of files stands for a disk that is full.
#[cfg(unix)]
#[tokio::test]
async fn a_full_disk_ends_the_program_and_nothing_is_half_done() {
    let database = TestDatabase::new();
    let program = session::command();
    let mut full = Command::new("sh");
    let limited = "trap '' XFSZ; ulimit -f 16; exec \"$0\"";
    full.args(["-c", limited])
        .arg(program.as_std().get_program());
    for (name, value) in program.as_std().get_envs() {
        match value {
            Some(value) => full.env(name, value),
            None => full.env_remove(name),
        };
    }
    full.envs(database.environment());
    let message = last_words(full).await;
    assert!(message.contains("MCP_DATABASE_FILE"), "{message}");

    let (_process, client) = start(&database).await;
    assert_works(&client).await;
}

#[tokio::test]
async fn data_stays_when_the_server_is_started_again() {
    let database = TestDatabase::new();
    for _ in 0..2 {
        let (mut process, client) = start(&database).await;
        assert_works(&client).await;
        client.cancel().await.unwrap();
        process.start_kill().unwrap();
        exit(&mut process).await;
    }
    assert_eq!(database.dump().matches("ORD-1001").count(), 1);
}
