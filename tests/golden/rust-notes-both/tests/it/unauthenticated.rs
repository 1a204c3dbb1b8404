//! Nobody has to prove who they are, so other machines stay out unless that is intended.

use crate::http::serving;
use crate::support::{SOON, refusal};

/// An address that no machine has.
const ELSEWHERE: &str = "192.0.2.1";

#[tokio::test]
async fn other_machines_are_let_in_only_when_that_is_said() {
    let bad = [("MCP_ALLOW_UNAUTHENTICATED", "perhaps")];
    let message = refusal(&[], &bad).await;
    assert!(message.contains("MCP_ALLOW_UNAUTHENTICATED"), "{message}");

    let http = [("MCP_TRANSPORT", "http")];
    let message = refusal(&["--host", ELSEWHERE], &http).await;
    assert!(message.contains("MCP_ALLOW_UNAUTHENTICATED"), "{message}");

    let mut allowed = serving(&["--host", ELSEWHERE, "--allow-unauthenticated"]);
    let ended = tokio::time::timeout(SOON, allowed.output()).await;
    let output = ended.unwrap().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("cannot listen on 192.0.2.1"), "{message}");
}
