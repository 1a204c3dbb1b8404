//! Starting the program, talking to it and stopping it.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rmcp::model::ProtocolVersion;
use rmcp::service::{ClientLifecycleMode, RunningService, serve_client_with_lifecycle};
use rmcp::transport::IntoTransport;
use rmcp::{ClientHandler, RoleClient};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Long enough for a busy machine; nothing waits this long when all is well.
pub const SOON: Duration = Duration::from_secs(20);

pub type Client = RunningService<RoleClient, ()>;

/// The two ways in which a client can open.
pub fn eras() -> [ClientLifecycleMode; 2] {
    [
        ClientLifecycleMode::Initialize,
        ClientLifecycleMode::Discover {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        },
    ]
}

pub async fn connect<T, E, A>(transport: T, era: ClientLifecycleMode) -> Client
where
    T: IntoTransport<RoleClient, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    connect_as((), transport, era).await
}

/// Connect a client that does something with what it hears.
pub async fn connect_as<H, T, E, A>(
    handler: H,
    transport: T,
    era: ClientLifecycleMode,
) -> RunningService<RoleClient, H>
where
    H: ClientHandler,
    T: IntoTransport<RoleClient, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    let client = serve_client_with_lifecycle(handler, transport, era);
    timeout(SOON, client).await.unwrap().unwrap()
}

/// The program under test.
fn path() -> &'static str {
    env!("CARGO_BIN_EXE_my-server")
}

/// The program with these arguments, none of the caller's settings, and pipes for its streams.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(path());
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("MCP_") {
            command.env_remove(&*name);
        }
    }
    command.env("MCP_DATABASE_SEED", "true");
    command
}

pub async fn exit(process: &mut Child) -> ExitStatus {
    timeout(SOON, process.wait()).await.unwrap().unwrap()
}

/// Ask the process to stop, as a service manager does.
#[cfg(unix)]
pub async fn terminate(process: &Child) {
    let id = process.id().unwrap().to_string();
    let status = Command::new("kill").arg(id).status().await;
    assert!(status.unwrap().success());
}

/// Run the program to its end, which must be the refusal of a setting, and return its message.
pub async fn refusal(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = command(arguments);
    command
        .envs(environment.iter().copied())
        .stdin(Stdio::null());
    let output = timeout(SOON, command.output()).await.unwrap().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert_eq!(output.stdout, b"");
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}
