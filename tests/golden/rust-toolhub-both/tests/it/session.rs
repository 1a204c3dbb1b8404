//! A server and a client of it, for tests that do not care how the two are connected.

use rmcp::service::RunningService;
use rmcp::{ClientHandler, RoleClient};
use tokio::process::{Child, Command};

use crate::support::{self, connect_as, eras};

/// The program, not yet started.
pub fn command() -> Command {
    support::command(&[])
}

pub async fn open<H: ClientHandler>(
    handler: H,
    mut command: Command,
) -> (Child, RunningService<RoleClient, H>) {
    let mut process = command.spawn().unwrap();
    let pipes = (
        process.stdout.take().unwrap(),
        process.stdin.take().unwrap(),
    );
    let [_, era] = eras();
    let client = connect_as(handler, pipes, era).await;
    (process, client)
}
