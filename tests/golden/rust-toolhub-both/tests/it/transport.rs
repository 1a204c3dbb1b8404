//! Which transport the program serves.

use std::process::Stdio;

use crate::support::{command, exit, refusal};

#[tokio::test]
async fn an_unknown_transport_is_refused() {
    let message = refusal(&[], &[("MCP_TRANSPORT", "pigeon")]).await;
    assert!(message.contains("MCP_TRANSPORT"), "{message}");
}

#[tokio::test]
async fn settings_of_a_transport_that_is_not_served_need_not_fit_together() {
    let same = [("MCP_METRICS_PORT", "8000"), ("MCP_PORT", "8000")];
    let message = refusal(&["--transport", "http"], &same).await;
    assert!(message.contains("MCP_METRICS_PORT"), "{message}");

    let mut stdio = command(&[]);
    let mut process = stdio.envs(same).stdin(Stdio::null()).spawn().unwrap();
    assert!(exit(&mut process).await.success());
}
