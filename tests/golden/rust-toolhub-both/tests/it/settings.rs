//! The program's settings: a mistake ends it with code 2 and one line that names the variable.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use crate::support::{command, refusal};

/// A file in the folder that Cargo keeps for tests.
fn file(name: &str, text: &str) -> PathBuf {
    let name = format!("{}-{name}", std::process::id());
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_named() {
    for (variable, value) in [
        ("MCP_LOG", "loudly"),
        ("MCP_LOG_FORMAT", "xml"),
        ("MCP_REQUEST_TIMEOUT_SECONDS", "0"),
        ("MCP_REQUEST_TIMEOUT_SECONDS", ""),
    ] {
        let message = refusal(&[], &[(variable, value)]).await;
        assert!(message.contains(variable), "{message}");
    }
    let message = refusal(&["--log-format", "xml"], &[]).await;
    assert!(message.contains("--log-format"), "{message}");
    let message = refusal(&["--no-such-flag"], &[]).await;
    assert!(message.contains("--no-such-flag"), "{message}");
}

#[tokio::test]
async fn an_env_file_is_read_and_the_environment_wins() {
    let path = file(
        "bad-format.env",
        "# a comment\nMCP_LOG=info\nMCP_LOG_FORMAT=xml\n",
    );
    let path = path.to_str().unwrap();
    let message = refusal(&["--env-file", path], &[]).await;
    assert!(message.contains("MCP_LOG_FORMAT"), "{message}");

    let mut command = command(&["--env-file", path, "--version"]);
    command.env("MCP_LOG_FORMAT", "json").stdin(Stdio::null());
    assert!(command.output().await.unwrap().status.success());
}

#[tokio::test]
async fn an_env_file_that_cannot_be_used_is_refused() {
    let message = refusal(&["--env-file", "no/such/file"], &[]).await;
    assert!(message.contains("no/such/file"), "{message}");

    let path = file("broken.env", "MCP_LOG=info\nsecret without a name\n");
    let message = refusal(&["--env-file", path.to_str().unwrap()], &[]).await;
    assert!(message.contains("the line after `MCP_LOG`"), "{message}");
    assert!(!message.contains("secret"), "{message}");
}
