//! How many requests a caller may send, and how often an address may try tokens.

use crate::http::{INITIALIZE, Server, assert_status};
use crate::requests::{header, send};
use crate::support::refusal;

const WRONG: &str = "authorization: Bearer wrong-token-of-a-test";

/// Whether the answer is 429, and says how long to wait.
fn must_wait(response: &str) -> bool {
    let wait = header(response, "retry-after").map(|wait| wait.parse::<u8>().unwrap());
    let wait = wait.is_some_and(|wait| (1..=31).contains(&wait));
    assert_eq!(response.starts_with("HTTP/1.1 429 "), wait, "{response}");
    wait
}

#[tokio::test]
async fn a_caller_that_asks_too_often_must_wait() {
    let server = Server::start(&["--rate-limit-per-minute", "2"]).await;
    for waits in [false, false, true] {
        let response = server.post(&[], INITIALIZE).await;
        assert_eq!(must_wait(&response), waits, "{response}");
    }
    let message = refusal(&[], &[("MCP_RATE_LIMIT_PER_MINUTE", "-1")]).await;
    assert!(message.contains("MCP_RATE_LIMIT_PER_MINUTE"), "{message}");
}

#[tokio::test]
async fn wrong_tokens_are_counted_by_address_and_lock_out_nobody() {
    let limits = [
        "--rate-limit-per-minute",
        "2",
        "--trusted-proxies",
        "127.0.0.0/8",
    ];
    let server = Server::start(&limits).await;
    let attempt = async |forwarded: &str| {
        let headers = [WRONG, &format!("x-forwarded-for: {forwarded}")];
        send(server.address, "POST /mcp", &headers, INITIALIZE).await
    };
    for waits in [false, false, true, true] {
        let response = attempt("2001:db8::1").await;
        assert_eq!(must_wait(&response), waits, "{response}");
    }
    assert!(must_wait(&attempt("192.0.2.1, 2001:db8::2").await));
    assert!(!must_wait(&attempt("2001:db8:0:1::1").await));
    let good = server
        .post(&["x-forwarded-for: 2001:db8::1"], INITIALIZE)
        .await;
    assert_status(&good, 200);
}

#[tokio::test]
async fn only_trusted_proxies_are_believed() {
    let server = Server::start(&["--rate-limit-per-minute", "2"]).await;
    for (number, waits) in [false, false, true].into_iter().enumerate() {
        let headers = [WRONG, &format!("x-forwarded-for: 192.0.2.{number}")];
        let response = send(server.address, "POST /mcp", &headers, INITIALIZE).await;
        assert_eq!(must_wait(&response), waits, "{response}");
    }
    let message = refusal(&[], &[("MCP_TRUSTED_PROXIES", "proxy.example")]).await;
    assert!(message.contains("MCP_TRUSTED_PROXIES"), "{message}");
}
