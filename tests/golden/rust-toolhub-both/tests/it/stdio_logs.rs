//! What the log tells of requests over stdio, and what it must not.

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use crate::sample;
use crate::support::{SOON, command};

/// What is logged while a client calls a tool, and then one that is not there.
async fn log_of_two_calls(arguments: &[&str]) -> Vec<String> {
    let mut process = command(arguments).spawn().unwrap();
    let initialize = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }});
    let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let known =
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": sample::call()});
    let unknown = json!({"jsonrpc": "2.0", "id": "3\nforged", "method": "tools/call", "params": {
        "name": "no-such-tool\n ERROR forged \u{1b}[31m",
    }});
    let input = format!("{initialize}\n{ready}\n{known}\n{unknown}\n");
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);
    let output = timeout(SOON, process.wait_with_output()).await;
    let log = String::from_utf8(output.unwrap().unwrap().stderr).unwrap();
    log.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn calls_are_told_of_when_that_is_asked_for() {
    let log = log_of_two_calls(&[]).await;
    assert!(!log.is_empty());
    assert!(log.iter().all(|line| !line.contains("tool called")));

    let log = log_of_two_calls(&["--log", "debug", "--log-format", "json"]).await;
    let events = log.iter().map(|line| serde_json::from_str(line).unwrap());
    let calls: Vec<Value> = events
        .filter(|event: &Value| event["message"] == "tool called")
        .collect();
    assert_eq!(calls.len(), 2, "{log:#?}");
    for (id, outcome) in [(json!(2), "ok"), (json!("3\nforged"), "error")] {
        let call = calls.iter().find(|call| call["id"] == id).unwrap();
        assert_eq!(call["level"], "DEBUG", "{call}");
        assert_eq!(call["outcome"], outcome, "{call}");
        assert!(call["duration_us"].is_number(), "{call}");
    }
    assert!(calls.iter().any(|call| call["tool"] == sample::TOOL));
}

#[tokio::test]
async fn what_a_client_sends_begins_no_line_and_commands_no_terminal() {
    let log = log_of_two_calls(&["--log", "trace"]).await;
    let forged: Vec<&String> = log.iter().filter(|it| it.contains("forged")).collect();
    assert!(!forged.is_empty(), "{log:#?}");
    for line in forged {
        assert!(line.contains("tool called"), "{line}");
        assert!(!line.contains('\u{1b}'), "{line}");
    }
}

#[tokio::test]
async fn arguments_are_not_told_at_any_level() {
    let log = log_of_two_calls(&["--log", "trace"]).await;
    let arguments = sample::call().arguments.unwrap();
    for argument in arguments.values().map(|it| it.as_str().unwrap()) {
        let told: Vec<&String> = log.iter().filter(|it| it.contains(argument)).collect();
        assert!(told.is_empty(), "{told:#?}");
    }
}
