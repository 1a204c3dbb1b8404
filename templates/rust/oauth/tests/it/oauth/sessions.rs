//! Whose session is whose, how long a stream lives, and what the logs say.

use std::net::SocketAddr;

use rmcp::transport::StreamableHttpClientTransport;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::time::timeout;

use super::issuer::{Issuer, Key, now};
use super::{ISSUER, LIST, bearer};
use crate::http::{INITIALIZE, Server, assert_status, serving};
use crate::requests::{header, send};
use crate::sample;
use crate::support::{SOON, connect, eras};

async fn open(address: SocketAddr, owner: &str) -> String {
    let opened = send(address, "POST /mcp", &[owner], INITIALIZE).await;
    let session = header(&opened, "mcp-session-id").unwrap();
    let session = format!("mcp-session-id: {session}");
    let initialized = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let response = send(address, "POST /mcp", &[owner, &session], initialized).await;
    assert_status(&response, 202);
    session
}

#[tokio::test]
async fn a_session_is_not_there_for_anybody_else() {
    let server = Server::start(&[]).await;
    let owner = bearer(&ISSUER.token());
    let session = open(server.address, &owner).await;
    let others = [
        ("sub", json!("bob")),
        ("client_id", json!("another")),
        ("client_id", Value::Null),
    ];
    for change in others {
        let other = bearer(&ISSUER.token_with(&[change]));
        for (request, body) in [("POST /mcp", LIST), ("GET /mcp", ""), ("DELETE /mcp", "")] {
            let taken = send(server.address, request, &[&other, &session], body).await;
            assert_status(&taken, 404);
        }
    }
    // A new token of the same caller will do.
    let renewed = bearer(&ISSUER.token_with(&[("exp", json!(now() + 600))]));
    let mine = send(server.address, "POST /mcp", &[&renewed, &session], LIST).await;
    assert_status(&mine, 200);
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let server = Server::start(&["--request-timeout-seconds", "1"]).await;
    let owner = bearer(&ISSUER.token_with(&[("exp", json!(now() + 2))]));
    let session = open(server.address, &owner).await;
    let headers = [owner.as_str(), session.as_str()];
    let stream = send(server.address, "GET /mcp", &headers, "").await;
    assert_status(&stream, 200);
}

#[tokio::test]
async fn logs_name_callers_and_never_tokens() {
    let issuer = Issuer::start(Key::ec("a"));
    let mut command = serving(&["--log", "trace", "--log-format", "json"]);
    command.env("MCP_OAUTH_ISSUER", issuer.url());
    let mut process = command.spawn().unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let mut log = Vec::new();
    let address: SocketAddr = loop {
        let line = timeout(SOON, lines.next_line()).await.unwrap().unwrap();
        log.push(line.unwrap());
        let event: Value = serde_json::from_str(log.last().unwrap()).unwrap();
        if event["message"] == "server ready" {
            break event["address"].as_str().unwrap().parse().unwrap();
        }
    };
    let reading = tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            let last = line.contains("request refused");
            log.push(line);
            if last {
                break;
            }
        }
        log
    });
    let server = Server {
        process,
        address,
        metrics: None,
    };
    let good = issuer.token_with(&[("sub", json!("al ice\n"))]);
    for era in eras() {
        let config = server.config().auth_header(good.clone());
        let transport = StreamableHttpClientTransport::from_config(config);
        let client = connect(transport, era).await;
        client.call_tool(sample::call()).await.unwrap();
    }
    let bad = issuer.token_with(&[("exp", json!(1))]);
    let refused = send(address, "GET /metrics", &[&bearer(&bad)], "").await;
    assert_status(&refused, 401);

    let log = timeout(SOON, reading).await.unwrap().unwrap();
    let caller = format!(r"al\u{{20}}ice\u{{a}} {} tests", issuer.url());
    let calls = log.iter().filter(|line| line.contains("tool called"));
    let calls = calls.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let callers: Vec<Value> = calls.map(|call| call["caller"].clone()).collect();
    assert_eq!(callers, [caller.as_str(), caller.as_str()]);
    for token in [good, bad] {
        let (_, secret) = token.rsplit_once('.').unwrap();
        let shown: Vec<&String> = log.iter().filter(|line| line.contains(secret)).collect();
        assert!(shown.is_empty(), "{shown:#?}");
    }
}
