//! The built program over HTTP, driven as hosts drive it.

mod issuer;

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use issuer::{ISSUER, RESOURCE};
use rmcp::model::ProtocolVersion;
use rmcp::service::{ClientLifecycleMode, RunningService, serve_client_with_lifecycle};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(20);

fn executable() -> &'static str {
    env!("CARGO_BIN_EXE_my-server")
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(executable());
    command.args(["--transport", "http", "--port", "0"]);
    command.args(arguments).kill_on_drop(true);
    command.args(["--oauth-issuer", &ISSUER.url, "--oauth-resource", RESOURCE]);
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
        let config = config.auth_header(ISSUER.token(serde_json::json!({})));
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
    let token = ISSUER.token(serde_json::json!({}));
    let access = format!("authorization: Bearer {token}\r\n");
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
async fn only_a_valid_token_with_its_scopes_is_accepted() {
    use serde_json::json;

    let server = Server::start(&[]).await;
    let request = "POST /mcp";
    for (changes, expected) in [
        (json!({"scope": "mcp:read"}), 406),
        (json!({"scope": "other"}), 403),
        (json!({"exp": 1}), 401),
        (json!({"iss": "https://evil.example"}), 401),
        (json!({"aud": "https://other.example/mcp"}), 401),
        (json!({"sub": null}), 401),
    ] {
        let token = ISSUER.token(changes.clone());
        let headers = format!("host: localhost\r\nauthorization: Bearer {token}\r\n");
        let status = server.status(request, &headers).await;
        assert_eq!(status, expected, "{changes}");
    }
    let metadata = "GET /.well-known/oauth-protected-resource/mcp";
    assert_eq!(server.status(metadata, "host: localhost\r\n").await, 200);
}
