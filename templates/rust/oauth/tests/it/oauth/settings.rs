//! Settings that cannot work are refused at the start.

use crate::http::{SETTINGS, serving};
use crate::support::{SOON, refusal};

const ISSUER: (&str, &str) = ("MCP_OAUTH_ISSUER", "https://issuer.example");
const RESOURCE: (&str, &str) = ("MCP_OAUTH_RESOURCE", "https://mcp.example/mcp");

#[tokio::test]
async fn both_ends_must_be_named() {
    let message = refusal(&[], &[SETTINGS, &[RESOURCE]].concat()).await;
    assert!(message.contains("MCP_OAUTH_ISSUER"), "{message}");
    let message = refusal(&[], &[SETTINGS, &[ISSUER]].concat()).await;
    assert!(message.contains("MCP_OAUTH_RESOURCE"), "{message}");
}

#[tokio::test]
async fn values_that_do_not_fit_are_named() {
    for (variable, value) in [
        ("MCP_OAUTH_ISSUER", "http://issuer.example"),
        ("MCP_OAUTH_ISSUER", "issuer.example"),
        ("MCP_OAUTH_ISSUER", "https://issuer.example?x"),
        ("MCP_OAUTH_RESOURCE", "http://mcp.example/mcp"),
        ("MCP_OAUTH_RESOURCE", "https://mcp.example/mcp#x"),
        ("MCP_OAUTH_SCOPES", "one \"two\""),
        ("MCP_OAUTH_WRITE_SCOPES", "one\\two"),
        ("MCP_OAUTH_TOOL_SCOPES", "one"),
        ("MCP_OAUTH_TOOL_SCOPES", "no-such-tool=one"),
    ] {
        let settings = [SETTINGS, &[ISSUER, RESOURCE, (variable, value)]].concat();
        let message = refusal(&[], &settings).await;
        assert!(message.contains(variable), "{message}");
    }
}

/// The address is one that no machine has: getting as far as that is being allowed to.
#[tokio::test]
async fn other_machines_may_be_let_in() {
    let mut command = serving(&["--host", "192.0.2.1"]);
    let output = tokio::time::timeout(SOON, command.output()).await;
    let output = output.unwrap().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("cannot listen on 192.0.2.1"), "{message}");
}
