//! Nobody has to prove who they are, so other machines stay out unless that is intended.

use crate::http::{INITIALIZE, SETTINGS, Server, assert_status, serving};
use crate::support::{SOON, refusal};

/// An address that no machine has.
const ELSEWHERE: &str = "192.0.2.1";

#[tokio::test]
async fn other_machines_are_let_in_only_when_that_is_said() {
    let bad = [("MCP_ALLOW_UNAUTHENTICATED", "perhaps")];
    let message = refusal(&[], &bad).await;
    assert!(message.contains("MCP_ALLOW_UNAUTHENTICATED"), "{message}");

    let message = refusal(&["--host", ELSEWHERE], SETTINGS).await;
    assert!(message.contains("MCP_ALLOW_UNAUTHENTICATED"), "{message}");

    let mut allowed = serving(&["--host", ELSEWHERE, "--allow-unauthenticated"]);
    let ended = tokio::time::timeout(SOON, allowed.output()).await;
    let output = ended.unwrap().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("cannot listen on 192.0.2.1"), "{message}");
}

#[tokio::test]
async fn an_address_that_asks_too_often_must_wait() {
    let limit = ["--rate-limit-per-minute", "2"];
    let server = Server::start(&[&limit[..], &["--trusted-proxies", "127.0.0.1"]].concat()).await;
    for (client, status) in [
        ("192.0.2.1", 200),
        ("192.0.2.1", 200),
        ("192.0.2.1", 429),
        ("192.0.2.2", 200),
        ("192.0.2.3, 192.0.2.1", 429),
    ] {
        let forwarded = format!("x-forwarded-for: {client}");
        let response = server.post(&[&forwarded], INITIALIZE).await;
        assert_status(&response, status);
        let told = response.contains("\r\nretry-after: ");
        assert_eq!(told, status == 429, "{response}");
    }

    // What nobody trusted says counts for nothing, and this machine's own programs are not limited.
    let server = Server::start(&limit).await;
    for _ in 0..4 {
        let forwarded = "x-forwarded-for: 192.0.2.1";
        assert_status(&server.post(&[forwarded], INITIALIZE).await, 200);
    }
    let message = refusal(&[], &[("MCP_TRUSTED_PROXIES", "proxy.example")]).await;
    assert!(message.contains("MCP_TRUSTED_PROXIES"), "{message}");
}
