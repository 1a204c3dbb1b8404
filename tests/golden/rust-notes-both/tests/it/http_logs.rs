//! What the log tells of requests over HTTP, and what it must not.

use rmcp::model::CallToolRequestParams;
use serde_json::Value;
use tokio::time::timeout;

use crate::http::{INITIALIZE, Log, Server, assert_status, serving};
use crate::sample;
use crate::support::{SOON, eras};

/// A request whose id would begin a line of its own, were it written as it is.
const FORGED: &str = r#"{"jsonrpc":"2.0","id":"1\n ERROR forged \u001b[31m","method":"tools/list","params":{"_meta":{
    "io.modelcontextprotocol/protocolVersion":"2026-07-28",
    "io.modelcontextprotocol/clientInfo":{"name":"test","version":"1"},
    "io.modelcontextprotocol/clientCapabilities":{}}}}"#;

/// The next line with this message, and the lines that come before it.
async fn next(log: &mut Log, message: &str) -> (Value, Vec<String>) {
    let mut before = Vec::new();
    loop {
        let line = timeout(SOON, log.recv()).await.unwrap().unwrap();
        let event: Value = serde_json::from_str(&line).unwrap();
        if event["message"] == message {
            return (event, before);
        }
        before.push(line);
    }
}

#[tokio::test]
async fn each_call_is_one_line_that_says_what_and_how() {
    let (server, mut log) = Server::spawn_with_log(serving(&[])).await;
    for era in eras() {
        let client = server.connect(era).await;
        client.call_tool(sample::call()).await.unwrap();
        let (event, _) = next(&mut log, "tool called").await;
        assert_eq!(event["level"], "INFO", "{event}");
        assert_eq!(event["method"], "tools/call", "{event}");
        assert_eq!(event["tool"], sample::TOOL, "{event}");
        assert_eq!(event["outcome"], "ok", "{event}");
        assert!(event["id"].is_number(), "{event}");
        assert!(event["duration_us"].is_number(), "{event}");
        assert!(!event["request_id"].as_str().unwrap().is_empty());
        assert!(event["timestamp"].is_string() && event["target"].is_string());

        let bad = CallToolRequestParams::new(sample::TOOL);
        client.call_tool(bad).await.unwrap();
        let (event, _) = next(&mut log, "tool called").await;
        assert_eq!(event["outcome"], "error", "{event}");

        let unknown = CallToolRequestParams::new("no-such-tool");
        client.call_tool(unknown).await.unwrap_err();
        let (event, _) = next(&mut log, "tool called").await;
        assert_eq!(event["unknown"], "no-such-tool", "{event}");
        assert_eq!(event["tool"], Value::Null, "{event}");
        assert_eq!(event["code"], -32602, "{event}");
    }
}

#[tokio::test]
async fn the_id_of_a_request_is_in_its_response_and_in_the_log() {
    let (server, mut log) = Server::spawn_with_log(serving(&[])).await;
    let headers = [
        "mcp-protocol-version: 2026-07-28",
        "mcp-method: tools/list",
        "x-request-id: id-of-a-proxy",
    ];
    let response = server.post(&headers, FORGED).await;
    assert_status(&response, 200);
    assert!(response.contains("x-request-id: id-of-a-proxy"));
    let (event, _) = next(&mut log, "tools listed").await;
    assert_eq!(event["request_id"], "id-of-a-proxy", "{event}");
    assert_eq!(event["id"], "1\n ERROR forged \u{1b}[31m", "{event}");

    let response = server.post(&["x-request-id: a \"b\""], INITIALIZE).await;
    assert!(response.contains("x-request-id: "), "{response}");
    assert!(!response.contains("a \"b\""), "{response}");
}

#[tokio::test]
async fn arguments_are_not_told_at_any_level() {
    let (server, mut log) = Server::spawn_with_log(serving(&["--log", "trace"])).await;
    let call = sample::call();
    let arguments = call.arguments.clone().unwrap();
    for era in eras() {
        let client = server.connect(era).await;
        client.call_tool(call.clone()).await.unwrap();
        let (event, before) = next(&mut log, "tool called").await;
        for argument in arguments.values().map(|it| it.as_str().unwrap()) {
            assert!(!event.to_string().contains(argument), "{event}");
            assert!(before.iter().all(|line| !line.contains(argument)));
        }
    }
}
