//! The program over stdio, as a host starts it.

use rmcp::model::CallToolRequestParams;
use rmcp::service::ClientLifecycleMode;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Child;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::sample;
use crate::support::{Client, SOON, command, connect, eras, exit};

const INITIALIZE: &str = concat!(
    r#"{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": "#,
    r#"{"protocolVersion": "2025-11-25", "capabilities": {}, "#,
    r#""clientInfo": {"name": "test", "version": "1"}}}"#,
    "\n"
);

pub async fn start(era: ClientLifecycleMode) -> (Child, Client) {
    let mut process = command(&[]).spawn().unwrap();
    let pipes = (
        process.stdout.take().unwrap(),
        process.stdin.take().unwrap(),
    );
    let client = connect(pipes, era).await;
    (process, client)
}

#[tokio::test]
async fn clients_of_both_eras_are_served() {
    for era in eras() {
        let (mut process, client) = start(era).await;
        let tools = client.list_all_tools().await.unwrap();
        assert!(tools.iter().any(|tool| tool.name == sample::TOOL));
        let result = client.call_tool(sample::call()).await.unwrap();
        assert_eq!(result.is_error, Some(false), "{result:?}");

        let bad = CallToolRequestParams::new(sample::TOOL);
        let result = client.call_tool(bad).await.unwrap();
        assert_eq!(result.is_error, Some(true), "{result:?}");
        let unknown = CallToolRequestParams::new("unknown");
        assert!(client.call_tool(unknown).await.is_err());

        client.cancel().await.unwrap();
        assert!(exit(&mut process).await.success());
    }
}

#[tokio::test]
async fn calls_at_the_same_time_are_all_answered() {
    let [_, era] = eras();
    let (_process, client) = start(era).await;
    let mut calls = JoinSet::new();
    for _ in 0..200 {
        let peer = client.peer().clone();
        calls.spawn(async move { peer.call_tool(sample::call()).await });
    }
    for result in timeout(SOON, calls.join_all()).await.unwrap() {
        assert_eq!(result.unwrap().is_error, Some(false));
    }
}

#[tokio::test]
async fn nothing_but_the_protocol_reaches_stdout() {
    let mut process = command(&["--log", "trace"]).spawn().unwrap();
    let list = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"});
    let unknown = json!({"jsonrpc": "2.0", "id": 3, "method": "no/such/method"});
    let input = format!("{INITIALIZE}this is not JSON\n{list}\n{unknown}\n");
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);

    let output = timeout(SOON, process.wait_with_output()).await;
    let output = output.unwrap().unwrap();
    assert!(output.status.success());
    assert!(!output.stderr.is_empty());
    let stdout = String::from_utf8(output.stdout).unwrap();
    let messages: Vec<Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(messages.iter().all(|message| message["jsonrpc"] == "2.0"));
    for id in 1..=3 {
        assert!(messages.iter().any(|message| message["id"] == id));
    }
}

#[tokio::test]
async fn a_client_that_leaves_before_the_handshake_is_no_failure() {
    let mut process = command(&[]).spawn().unwrap();
    drop(process.stdin.take());
    assert!(exit(&mut process).await.success());
}

#[tokio::test]
async fn a_client_that_no_longer_reads_ends_the_session() {
    let mut process = command(&[]).spawn().unwrap();
    drop(process.stdout.take());
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(INITIALIZE.as_bytes()).await.unwrap();
    assert!(exit(&mut process).await.success());
}

#[tokio::test]
async fn what_is_no_message_is_skipped() {
    let mut process = command(&[]).spawn().unwrap();
    let mut stdin = process.stdin.take().unwrap();
    let stdout = process.stdout.take().unwrap();
    let mut lines = BufReader::new(stdout).lines();
    stdin.write_all(INITIALIZE.as_bytes()).await.unwrap();
    let noise: [&[u8]; 10] = [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe\x00",
        br#"{"jsonrpc": "1.0", "id": 7, "method": "ping"}"#,
        br#"{"jsonrpc": "2.0", "id": {}, "method": "ping"}"#,
        br#"{"jsonrpc": "2.0", "id": 7, "result": {}}"#,
        &[b'['; 10_000],
    ];
    for line in noise {
        stdin.write_all(line).await.unwrap();
        stdin.write_all(b"\n").await.unwrap();
    }
    let ping = b"{\"jsonrpc\": \"2.0\", \"id\": 2, \"method\": \"ping\"}\n";
    stdin.write_all(ping).await.unwrap();
    loop {
        let line = timeout(SOON, lines.next_line()).await.unwrap().unwrap();
        let message: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if message["id"] == 2 {
            assert!(message["result"].is_object(), "{message}");
            break;
        }
        // The answer to `initialize`, or an error that names no request.
        let expected = message["id"] == 1 || message["error"].is_object();
        assert!(expected, "{message}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_request_to_stop_ends_the_process_at_once() {
    for era in eras() {
        let (mut process, _client) = start(era).await;
        crate::support::terminate(&process).await;
        assert!(exit(&mut process).await.success());
    }

    let mut process = command(&[]).spawn().unwrap();
    let mut ready = [0; 1];
    let mut stderr = process.stderr.take().unwrap();
    stderr.read_exact(&mut ready).await.unwrap();
    crate::support::terminate(&process).await;
    assert!(exit(&mut process).await.success());
}
