//! The built program over HTTP, driven as hosts drive it.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use rmcp::model::ProtocolVersion;
use rmcp::service::{ClientLifecycleMode, RunningService, serve_client_with_lifecycle};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(20);
const TOKEN: &str = "a-token-of-these-tests";

fn executable() -> &'static str {
    env!("CARGO_BIN_EXE_team-notes")
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(executable());
    command.args(["--transport", "http", "--port", "0"]);
    command.args(arguments).kill_on_drop(true);
    command.env("MCP_AUTH_TOKENS", TOKEN);
    command
}

struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    async fn start(arguments: &[&str]) -> Self {
        let mut command = program(arguments);
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = loop {
            let line = timeout(SOON, lines.next_line()).await.unwrap();
            let line = line.unwrap().expect("the server says that it is ready");
            if let Some((_, rest)) = line.split_once("127.0.0.1:") {
                let port = rest.split(' ').next().unwrap();
                break format!("127.0.0.1:{port}").parse().unwrap();
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { process, address }
    }

    async fn connect(&self, era: ClientLifecycleMode) -> RunningService<rmcp::RoleClient, ()> {
        let url = format!("http://{}/mcp", self.address);
        let config = StreamableHttpClientTransportConfig::with_uri(url);
        let config = config.auth_header(TOKEN);
        let transport = StreamableHttpClientTransport::from_config(config);
        let client = serve_client_with_lifecycle((), transport, era);
        timeout(SOON, client).await.unwrap().unwrap()
    }

    /// The status of the answer to a request with these headers.
    async fn status(&self, request: &str, headers: &str) -> u16 {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head = format!("{request} HTTP/1.1\r\nconnection: close\r\n{headers}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let read = timeout(SOON, stream.read_to_string(&mut answer)).await;
        read.unwrap().unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }

    #[cfg(unix)]
    async fn terminate(mut self) {
        let id = self.process.id().unwrap().to_string();
        let kill = Command::new("kill").arg(id).status().await;
        assert!(kill.unwrap().success());
        // Sooner than the time that open requests have.
        let status = timeout(Duration::from_secs(8), self.process.wait()).await;
        assert!(status.unwrap().unwrap().success());
    }
}

fn eras() -> [ClientLifecycleMode; 2] {
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    [
        ClientLifecycleMode::Initialize,
        ClientLifecycleMode::Discover { preferred_versions },
    ]
}

#[tokio::test]
async fn both_eras_of_the_protocol_are_served() {
    let server = Server::start(&[]).await;
    for era in eras() {
        let client = server.connect(era).await;
        assert!(!client.list_all_tools().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused() {
    let server = Server::start(&[]).await;
    let health = server.status("GET /healthz", "host: localhost\r\n");
    assert_eq!(health.await, 200);
    let access = format!("authorization: Bearer {TOKEN}\r\n");
    for (host, origin, refused) in [
        ("localhost", "http://localhost:3000", false),
        ("localhost", "http://evil.example", true),
        ("evil.example", "http://localhost:3000", true),
    ] {
        let headers = format!("{access}host: {host}\r\norigin: {origin}\r\n");
        let status = server.status("GET /mcp", &headers).await;
        assert_eq!(status == 403, refused, "{headers}: {status}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn sigterm_ends_it_although_clients_are_connected() {
    let server = Server::start(&[]).await;
    let [older, current] = eras();
    let _clients = (server.connect(older).await, server.connect(current).await);
    server.terminate().await;
}

#[tokio::test]
async fn requests_need_a_token_and_count() {
    let server = Server::start(&["--rate-limit-per-minute", "2"]).await;
    let good = format!("host: localhost\r\nauthorization: Bearer {TOKEN}\r\n");
    let bad = "host: localhost\r\nauthorization: Bearer another-token-of-tests\r\n";
    for refused in [401, 401, 429] {
        assert_eq!(server.status("GET /mcp", bad).await, refused);
    }
    // Wrong tokens count against their address, not against a caller.
    for limited in [false, false, true] {
        let status = server.status("GET /mcp", &good).await;
        assert_eq!(status == 429, limited, "{status}");
        assert_ne!(status, 401);
    }
}

#[tokio::test]
async fn a_short_token_or_none_is_refused() {
    for tokens in ["", "short", "a-token-of-these-tests,short"] {
        let mut program = program(&[]);
        let output = program.env("MCP_AUTH_TOKENS", tokens).output().await;
        assert_eq!(output.unwrap().status.code(), Some(2), "{tokens}");
    }
}
