//! The built program over stdio, driven as hosts drive it.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rmcp::model::ProtocolVersion;
use rmcp::service::{ClientLifecycleMode, serve_client_with_lifecycle};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

fn executable() -> &'static str {
    env!("CARGO_BIN_EXE_team-notes")
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(executable());
    command.args(arguments);
    command.args(["--transport", "stdio"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.kill_on_drop(true);
    command
}

fn pipes(process: &mut Child) -> (ChildStdout, ChildStdin) {
    let output = process.stdout.take().unwrap();
    (output, process.stdin.take().unwrap())
}

async fn exit(mut process: Child) -> ExitStatus {
    let status = timeout(Duration::from_secs(20), process.wait()).await;
    status.unwrap().unwrap()
}

#[tokio::test]
async fn both_eras_of_the_protocol_are_served() {
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    for era in [
        ClientLifecycleMode::Initialize,
        ClientLifecycleMode::Discover { preferred_versions },
    ] {
        let mut process = program(&[]).spawn().unwrap();
        let client = serve_client_with_lifecycle((), pipes(&mut process), era);
        let client = client.await.unwrap();
        assert!(!client.list_all_tools().await.unwrap().is_empty());
        client.cancel().await.unwrap();
        assert!(exit(process).await.success());
    }
}

#[tokio::test]
async fn it_ends_with_stdin_and_writes_nothing_of_its_own_to_stdout() {
    let mut program = program(&[]);
    let output = program.stdin(Stdio::null()).output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout, b"");
}

#[cfg(unix)]
#[tokio::test]
async fn sigterm_ends_it() {
    let mut process = program(&[]).spawn().unwrap();
    let _client = rmcp::serve_client((), pipes(&mut process)).await.unwrap();
    let id = process.id().unwrap().to_string();
    let kill = Command::new("kill").arg(id).status().await;
    assert!(kill.unwrap().success());
    assert!(exit(process).await.success());
}

#[tokio::test]
async fn wrong_settings_are_refused() {
    for wrong in [
        ["--request-timeout-seconds", "soon"],
        ["--env-file", "/no/such/file"],
    ] {
        let output = program(&wrong).output().await.unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
}
