//! A server and a client of it.

use rmcp::service::RunningService;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::{ClientHandler, RoleClient};
use tokio::process::{Child, Command};

use crate::http::{Server, serving};
use crate::support::{connect_as, eras};

/// The program, not yet started.
pub fn command() -> Command {
    serving(&[])
}

pub async fn open<H: ClientHandler>(
    handler: H,
    command: Command,
) -> (Child, RunningService<RoleClient, H>) {
    let server = Server::spawn(command).await;
    let transport = StreamableHttpClientTransport::from_config(server.config());
    let [_, era] = eras();
    let client = connect_as(handler, transport, era).await;
    (server.process, client)
}
