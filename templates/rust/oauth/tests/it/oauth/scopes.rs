//! What a token allows.

use rmcp::transport::StreamableHttpClientTransport;
use serde_json::{Value, json};

use super::{ISSUER, LIST, bearer};
use crate::http::{INITIALIZE, Server, assert_status};
use crate::requests::{header, send};
use crate::sample;
use crate::support::{connect, eras};

fn token(scope: &str) -> String {
    ISSUER.token_with(&[("scope", json!(scope))])
}

/// The answer that names every scope that is needed.
fn assert_insufficient(response: &str, scopes: &str) {
    assert_status(response, 403);
    let metadata = "https://mcp.example/.well-known/oauth-protected-resource/mcp";
    let expected = format!(
        "Bearer error=\"insufficient_scope\", resource_metadata=\"{metadata}\", scope=\"{scopes}\""
    );
    assert_eq!(
        header(response, "www-authenticate"),
        Some(expected.as_str())
    );
}

fn call() -> Value {
    let call = sample::call();
    json!({
        "jsonrpc": "2.0",
        "id": 3,
        "method": "tools/call",
        "params": {"name": call.name, "arguments": call.arguments},
    })
}

#[tokio::test]
async fn every_request_needs_the_scopes_of_all() {
    let server = Server::start(&["--oauth-scopes", "one,two"]).await;
    for scope in ["", "one", "two", "ONE TWO", "onetwo", "one,two"] {
        let header = bearer(&token(scope));
        for (request, body) in [("POST /mcp", INITIALIZE), ("GET /metrics", "")] {
            let response = send(server.address, request, &[&header], body).await;
            assert_insufficient(&response, "one two");
        }
    }
    let header = bearer(&token("three two one"));
    let response = send(server.address, "POST /mcp", &[&header], INITIALIZE).await;
    assert_status(&response, 200);
}

#[tokio::test]
async fn a_tool_needs_its_own_scopes_too() {
    let own = format!("{}=own,{}=more", sample::TOOL, sample::TOOL);
    let server = Server::start(&["--oauth-tool-scopes", &own]).await;
    for era in eras() {
        for (scope, allowed) in [
            ("mcp:read mcp:write", false),
            ("mcp:read own", false),
            ("mcp:read own more", true),
        ] {
            let config = server.config().auth_header(token(scope));
            let transport = StreamableHttpClientTransport::from_config(config);
            let client = connect(transport, era.clone()).await;
            // What a client may not call it still sees, so that it can ask for more.
            let tools = client.list_all_tools().await.unwrap();
            assert!(tools.iter().any(|tool| tool.name == sample::TOOL));
            let result = client.call_tool(sample::call()).await;
            assert_eq!(result.is_ok(), allowed, "{scope}: {result:?}");
        }
    }
}

#[tokio::test]
async fn a_call_that_is_not_allowed_is_told_what_it_needs() {
    let own = format!("{}=own", sample::TOOL);
    let server = Server::start(&["--oauth-tool-scopes", &own]).await;
    let reader = bearer(&token("mcp:read"));
    let address = server.address;
    let opened = send(address, "POST /mcp", &[&reader], INITIALIZE).await;
    let session = format!(
        "mcp-session-id: {}",
        header(&opened, "mcp-session-id").unwrap()
    );
    let initialized = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let headers = [reader.as_str(), session.as_str()];
    assert_status(
        &send(address, "POST /mcp", &headers, initialized).await,
        202,
    );
    assert_status(&send(address, "POST /mcp", &headers, LIST).await, 200);
    let call = call().to_string();
    let refused = send(address, "POST /mcp", &headers, &call).await;
    assert_insufficient(&refused, "mcp:read own");

    // The same session, with a token that allows more.
    let more = bearer(&token("mcp:read own"));
    let headers = [more.as_str(), session.as_str()];
    assert_status(&send(address, "POST /mcp", &headers, &call).await, 200);

    // A message that two parsers may read in two ways is judged by what the server makes of it.
    let twice = call.replacen("\"method\":", "\"method\":\"tools/list\",\"method\":", 1);
    let headers = [reader.as_str(), session.as_str()];
    let response = send(address, "POST /mcp", &headers, &twice).await;
    let text = "the token must have the scopes";
    assert!(
        !response.starts_with("HTTP/1.1 200 ") || response.contains(text),
        "{response}"
    );
}
