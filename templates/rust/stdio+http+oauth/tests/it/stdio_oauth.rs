//! Tokens are for HTTP: over stdio whoever starts the program may use it.

use std::process::Stdio;

use crate::support::{command, exit};

#[tokio::test]
async fn no_authorization_server_is_needed() {
    let mut stdio = command(&["--oauth-tool-scopes", "no-such-tool=x"]);
    let mut process = stdio.stdin(Stdio::null()).spawn().unwrap();
    assert!(exit(&mut process).await.success());
}
