//! Tokens over HTTP: who gets in, as whom, and what nobody gets to see.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use rmcp::transport::StreamableHttpClientTransport;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::time::timeout;

use crate::http::{INITIALIZE, SETTINGS, Server, assert_status, serving};
use crate::requests::{header, send};
use crate::sample;
use crate::support::{SOON, connect, eras, refusal};

pub const TOKEN: &str = "token-of-the-tests-1";
pub const OTHER_TOKEN: &str = "token-of-the-tests-2";

/// What the logs call them: `printf %s TOKEN | sha256sum | cut -c1-8`.
const CALLERS: [(&str, &str); 2] = [(TOKEN, "fb9f16c7"), (OTHER_TOKEN, "e4007136")];

#[tokio::test]
async fn each_token_opens_in_both_eras() {
    let server = Server::start(&[]).await;
    for token in [TOKEN, OTHER_TOKEN] {
        for era in eras() {
            let config = server.config().auth_header(token);
            let transport = StreamableHttpClientTransport::from_config(config);
            let client = connect(transport, era).await;
            let result = client.call_tool(sample::call()).await.unwrap();
            assert_eq!(result.is_error, Some(false), "{result:?}");
        }
        // The name of the scheme has no case, and more than one space may follow it.
        for scheme in ["Bearer", "bearer", "BEARER "] {
            let authorization = format!("authorization: {scheme} {token}");
            let headers = [authorization.as_str()];
            let metrics = send(server.address, "GET /metrics", &headers, "").await;
            assert_status(&metrics, 200);
        }
    }
}

/// Values of `Authorization` that let nobody in: those that hold no bearer token, and those with a wrong one.
const NOT_BEARER: [&str; 9] = [
    "",
    "Bearer",
    "Bearer:",
    "Basic dG9rZW4tb2YtdGhlLXRlc3RzLTE=",
    "token-of-the-tests-1",
    "Token token-of-the-tests-1",
    "Bearertoken-of-the-tests-1",
    "Bearer\ttoken-of-the-tests-1",
    "Bearer token-of-the-tests-\u{e9}",
];
const WRONG_TOKEN: [&str; 14] = [
    "Bearer token-of-the-tests-3",
    "Bearer token-of-the-tests-",
    "Bearer token-of-the-tests-11",
    "Bearer oken-of-the-tests-1",
    "Bearer Token-of-the-tests-1",
    "Bearer TOKEN-OF-THE-TESTS-1",
    "Bearer token-of-the-tests-1 x",
    "Bearer token-of-the-tests-1,",
    "Bearer token-of-the-tests-1,token-of-the-tests-2",
    "Bearer token-of-the-tests-1, Bearer token-of-the-tests-1",
    "Bearer \"token-of-the-tests-1\"",
    "Bearer token=token-of-the-tests-1",
    "Bearer Bearer token-of-the-tests-1",
    "Bearer null",
];

#[tokio::test]
async fn everybody_else_is_refused() {
    const NONE: &str = r#"Bearer realm="mcp""#;
    const WRONG: &str = r#"Bearer realm="mcp", error="invalid_token""#;

    let server = Server::start(&["--metrics-port", "0"]).await;
    let (address, metrics) = (server.address, server.metrics.unwrap());
    let good = format!("authorization: Bearer {TOKEN}");
    let mut bad = vec![
        (vec![], NONE),
        (vec![good.clone(), good.clone()], WRONG),
        (vec![format!("x-{good}")], NONE),
    ];
    let line = |value: &&str| vec![format!("authorization: {value}")];
    bad.extend(NOT_BEARER.iter().map(|value| (line(value), NONE)));
    bad.extend(WRONG_TOKEN.iter().map(|value| (line(value), WRONG)));
    for (headers, challenge) in bad {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        for (address, request, body) in [
            (address, "POST /mcp", INITIALIZE),
            (address, "GET /mcp", ""),
            (address, "DELETE /mcp", ""),
            (metrics, "GET /metrics", ""),
        ] {
            let response = send(address, request, &headers, body).await;
            assert_status(&response, 401);
            let told = header(&response, "www-authenticate");
            assert_eq!(told, Some(challenge), "{request} {headers:?}");
        }
    }
    let query = format!("GET /metrics?access_token={TOKEN}");
    assert_status(&send(metrics, &query, &[], "").await, 401);
    assert_status(&send(metrics, "GET /metrics", &[&good], "").await, 200);
    // What is not there is not there for anybody.
    assert_status(&send(address, "GET /metrics", &[], "").await, 404);
}

#[tokio::test]
async fn metrics_need_a_token_and_health_does_not() {
    let server = Server::start(&[]).await;
    let address = server.address;
    assert_status(&send(address, "GET /metrics", &[], "").await, 401);
    assert_status(&send(address, "GET /healthz", &[], "").await, 200);
    // Whoever asks for OAuth learns that there is none.
    let oauth = "GET /.well-known/oauth-protected-resource";
    assert_status(&send(address, oauth, &[], "").await, 404);
    // A page of another site does not even get to try tokens.
    let foreign = "origin: http://evil.example";
    assert_status(&send(address, "GET /metrics", &[foreign], "").await, 403);
}

#[tokio::test]
async fn a_session_is_not_there_for_another_token() {
    let server = Server::start(&[]).await;
    let owner = format!("authorization: Bearer {TOKEN}");
    let other = format!("authorization: Bearer {OTHER_TOKEN}");
    let opened = send(server.address, "POST /mcp", &[&owner], INITIALIZE).await;
    let session = header(&opened, "mcp-session-id").unwrap();
    let session = format!("mcp-session-id: {session}");
    let initialized = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let list = r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#;
    for (request, body) in [
        ("POST /mcp", initialized),
        ("POST /mcp", list),
        ("GET /mcp", ""),
        ("DELETE /mcp", ""),
    ] {
        let taken = send(server.address, request, &[&other, &session], body).await;
        assert_status(&taken, 404);
        let unknown = "mcp-session-id: 3e0a4a0e-2a52-4a0f-8f2e-000000000000";
        if !request.starts_with("DELETE") {
            let unknown = send(server.address, request, &[&other, unknown], body).await;
            let text = |response: &str| response.split("\r\n\r\n").nth(1).map(str::to_owned);
            assert_eq!(text(&taken), text(&unknown), "{request}");
        }
    }
    for (body, status) in [(initialized, 202), (list, 200)] {
        let mine = send(server.address, "POST /mcp", &[&owner, &session], body).await;
        assert_status(&mine, status);
    }
}

#[tokio::test]
async fn each_token_has_a_limit_of_its_own() {
    let server = Server::start(&["--rate-limit-per-minute", "1"]).await;
    for (token, status) in [(TOKEN, 200), (TOKEN, 429), (OTHER_TOKEN, 200)] {
        let owner = format!("authorization: Bearer {token}");
        let response = send(server.address, "POST /mcp", &[&owner], INITIALIZE).await;
        assert_status(&response, status);
    }
}

#[tokio::test]
async fn logs_name_callers_and_never_tokens() {
    let mut command = serving(&["--log", "trace", "--log-format", "json"]);
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
    for (token, _) in CALLERS {
        for era in eras() {
            let config = server.config().auth_header(token);
            let transport = StreamableHttpClientTransport::from_config(config);
            let client = connect(transport, era).await;
            client.call_tool(sample::call()).await.unwrap();
        }
    }
    let wrong = ["authorization: Bearer token-of-the-tests-3"];
    assert_status(&send(address, "GET /metrics", &wrong, "").await, 401);

    let log = timeout(SOON, reading).await.unwrap().unwrap();
    for (_, caller) in CALLERS {
        let caller = format!("\"caller\":\"{caller}\"");
        let calls = log.iter().filter(|line| line.contains("tool called"));
        assert_eq!(calls.filter(|line| line.contains(&caller)).count(), 2);
    }
    let shown: Vec<&String> = log
        .iter()
        .filter(|line| line.contains("token-of-the-tests"))
        .collect();
    assert!(shown.is_empty(), "{shown:#?}");
}

#[tokio::test]
async fn settings_that_let_nobody_in_are_refused() {
    let message = refusal(&[], SETTINGS).await;
    assert!(message.contains("MCP_AUTH_TOKENS"), "{message}");
    for tokens in [
        "",
        "short-secret",
        "long-enough-secret,",
        "long-enough-secret,short-secret",
        "long-enough-secret,long-enough-secret",
        "long-enough secret",
    ] {
        let settings = [SETTINGS, &[("MCP_AUTH_TOKENS", tokens)]].concat();
        let message = refusal(&[], &settings).await;
        assert!(message.contains("MCP_AUTH_TOKENS"), "{message}");
        assert!(!message.contains("secret"), "{message}");
    }
}

#[tokio::test]
async fn tokens_may_stand_in_a_file_and_not_in_a_flag() {
    let name = format!("{}-tokens.env", std::process::id());
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, "MCP_AUTH_TOKENS=short-secret\n").unwrap();
    let path = path.to_str().unwrap();
    let message = refusal(&["--env-file", path], SETTINGS).await;
    assert!(message.contains("MCP_AUTH_TOKENS"), "{message}");
    assert!(!message.contains("secret"), "{message}");

    let message = refusal(&["--auth-tokens", TOKEN], SETTINGS).await;
    assert!(message.contains("--auth-tokens"), "{message}");
    assert!(!message.contains(TOKEN), "{message}");

    let help = serving(&["--help"]).output().await.unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("--host"), "{help}");
    assert!(!help.contains(TOKEN), "{help}");
}

/// The address is one that no machine has: getting as far as that is being allowed to.
#[tokio::test]
async fn other_machines_may_be_let_in() {
    let mut command = serving(&["--host", "192.0.2.1"]);
    let output = timeout(SOON, command.output()).await.unwrap().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("cannot listen on 192.0.2.1"), "{message}");
}
