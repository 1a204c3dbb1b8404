//! Tokens are for HTTP: over stdio whoever starts the program may use it.

use std::process::Stdio;

use crate::support::{command, exit};

#[tokio::test]
async fn tokens_that_would_be_refused_do_not_matter() {
    let mut stdio = command(&[]);
    let stdio = stdio.env("MCP_AUTH_TOKENS", "short").stdin(Stdio::null());
    assert!(exit(&mut stdio.spawn().unwrap()).await.success());
}
