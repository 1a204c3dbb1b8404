//! The program over HTTP, on a free port.

use std::net::SocketAddr;
use std::time::Duration;

use rmcp::model::CallToolRequestParams;
use rmcp::service::ClientLifecycleMode;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::bearer::{OTHER_TOKEN, TOKEN};
use crate::requests::open;
use crate::sample;
use crate::support::{Client, SOON, command, connect, eras, refusal};

pub const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{
    "protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}"#;

/// What the program needs to serve HTTP on a free port.
pub const SETTINGS: &[(&str, &str)] = &[("MCP_PORT", "0")];

pub struct Server {
    pub process: Child,
    pub address: SocketAddr,
    /// Where the metrics are when they have a port of their own.
    pub metrics: Option<SocketAddr>,
}

/// Lines of JSON.
pub type Log = UnboundedReceiver<String>;

impl Server {
    pub async fn start(arguments: &[&str]) -> Self {
        Self::spawn(serving(arguments)).await
    }

    /// Start the program as [`serving`] has prepared it.
    pub async fn spawn(command: Command) -> Self {
        Self::spawn_with_log(command).await.0
    }

    /// With what it logs from the moment when it is ready.
    pub async fn spawn_with_log(mut command: Command) -> (Self, Log) {
        let mut process = command.env("MCP_LOG_FORMAT", "json").spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut metrics = None;
        let address = loop {
            let line = timeout(SOON, lines.next_line()).await.unwrap().unwrap();
            let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
            let address = event["address"].as_str().map(|it| it.parse().unwrap());
            match event["message"].as_str() {
                Some("server ready") => break address.unwrap(),
                Some("metrics ready") => metrics = address,
                _ => {}
            }
        };
        let (sender, log) = unbounded_channel();
        // Whether they are looked at or not: the pipe must not fill up.
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let _ = sender.send(line);
            }
        });
        let server = Self {
            process,
            address,
            metrics,
        };
        (server, log)
    }

    /// How clients reach it.
    pub fn config(&self) -> StreamableHttpClientTransportConfig {
        let url = format!("http://{}/mcp", self.address);
        StreamableHttpClientTransportConfig::with_uri(url).auth_header(TOKEN)
    }

    pub async fn connect(&self, era: ClientLifecycleMode) -> Client {
        let transport = StreamableHttpClientTransport::from_config(self.config());
        connect(transport, era).await
    }

    pub async fn get(&self, path: &str, headers: &[&str]) -> String {
        get(self.address, path, headers).await
    }

    /// Send a message.
    pub async fn post(&self, headers: &[&str], body: &str) -> String {
        exchange(self.address, "POST /mcp", headers, body).await
    }

    /// Open a request whose body is still to come, and wait until the server asks for that.
    async fn open(&self, length: usize) -> TcpStream {
        let headers = ["expect: 100-continue"];
        let mut stream = send(self.address, "POST /mcp", &headers, length).await;
        let mut answer = [0; 25];
        let read = timeout(SOON, stream.read_exact(&mut answer)).await;
        read.unwrap().unwrap();
        assert_eq!(answer, *b"HTTP/1.1 100 Continue\r\n\r\n");
        stream
    }
}

/// The program, told to serve HTTP on a free port.
pub fn serving(arguments: &[&str]) -> Command {
    let mut command = command(arguments);
    command.envs(SETTINGS.iter().copied());
    command.env("MCP_AUTH_TOKENS", format!("{TOKEN},{OTHER_TOKEN}"));
    command
}

async fn get(address: SocketAddr, path: &str, headers: &[&str]) -> String {
    exchange(address, &format!("GET {path}"), headers, "").await
}

/// Send one request and read until the server closes the connection.
async fn exchange(address: SocketAddr, request: &str, headers: &[&str], body: &str) -> String {
    let mut stream = send(address, request, headers, body.len()).await;
    stream.write_all(body.as_bytes()).await.unwrap();
    receive(stream).await
}

/// Send a request without its body.
pub async fn send(
    address: SocketAddr,
    request: &str,
    headers: &[&str],
    length: usize,
) -> TcpStream {
    let token = format!("authorization: Bearer {TOKEN}");
    open(address, request, &[headers, &[&token]].concat(), length).await
}

pub async fn receive(mut stream: TcpStream) -> String {
    let mut response = Vec::new();
    let read = timeout(SOON, stream.read_to_end(&mut response)).await;
    read.unwrap().unwrap();
    String::from_utf8(response).unwrap()
}

/// Ask again and again until the answer is yes.
pub async fn until(mut question: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !question().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, asking).await.unwrap();
}

#[track_caller]
pub fn assert_status(response: &str, status: u16) {
    assert!(
        response.starts_with(&format!("HTTP/1.1 {status} ")),
        "{response}"
    );
}

#[tokio::test]
async fn clients_of_both_eras_are_served() {
    let server = Server::start(&[]).await;
    for era in eras() {
        let client = server.connect(era).await;
        let tools = client.list_all_tools().await.unwrap();
        assert!(tools.iter().any(|tool| tool.name == sample::TOOL));
        let result = client.call_tool(sample::call()).await.unwrap();
        assert_eq!(result.is_error, Some(false), "{result:?}");

        let bad = CallToolRequestParams::new(sample::TOOL);
        let result = client.call_tool(bad).await.unwrap();
        assert_eq!(result.is_error, Some(true), "{result:?}");
        let unknown = CallToolRequestParams::new("unknown");
        assert!(client.call_tool(unknown).await.is_err());
        client.cancel().await.unwrap();
    }
    let metrics = server.get("/metrics", &[]).await;
    for outcome in ["ok", "error"] {
        let tool = sample::TOOL;
        let count = format!("mcp_tool_calls_total{{tool=\"{tool}\",outcome=\"{outcome}\"}} 2");
        assert!(metrics.contains(&count), "{metrics}");
    }
    assert!(!metrics.contains("unknown"), "{metrics}");
}

#[tokio::test]
async fn calls_at_the_same_time_are_all_answered() {
    let server = Server::start(&[]).await;
    for era in eras() {
        let client = server.connect(era).await;
        let mut calls = JoinSet::new();
        for _ in 0..100 {
            let peer = client.peer().clone();
            calls.spawn(async move { peer.call_tool(sample::call()).await });
        }
        for result in timeout(SOON, calls.join_all()).await.unwrap() {
            assert_eq!(result.unwrap().is_error, Some(false));
        }
    }
}

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused() {
    let server = Server::start(&[]).await;
    assert_status(&server.post(&[], INITIALIZE).await, 200);
    assert_status(
        &server
            .post(&["origin: http://localhost:3000"], INITIALIZE)
            .await,
        200,
    );
    for foreign in ["host: evil.example", "origin: http://evil.example"] {
        assert_status(&server.post(&[foreign], INITIALIZE).await, 403);
        assert_status(&server.get("/metrics", &[foreign]).await, 403);
        assert_status(&server.get("/healthz", &[foreign]).await, 200);
    }
    assert_status(&server.get("/", &[]).await, 404);
}

#[tokio::test]
async fn a_body_is_bounded_in_size_and_time() {
    let limits = ["--max-body-bytes", "1000", "--request-timeout-seconds", "1"];
    let server = Server::start(&limits).await;
    assert_status(&server.post(&[], INITIALIZE).await, 200);
    assert_status(&server.post(&[], &" ".repeat(1001)).await, 413);
    let announced = send(server.address, "POST /mcp", &[], 1001).await;
    assert_status(&receive(announced).await, 413);
    let unfinished = server.open(1000).await;
    assert_status(&receive(unfinished).await, 408);
}

#[tokio::test]
async fn requests_and_sessions_are_capped() {
    let server = Server::start(&["--max-sessions", "2"]).await;
    for status in [200, 200, 503, 503] {
        assert_status(&server.post(&[], INITIALIZE).await, status);
    }

    let server = Server::start(&["--max-concurrent-requests", "1"]).await;
    let mut first = server.open(INITIALIZE.len()).await;
    assert_status(&server.post(&[], INITIALIZE).await, 503);
    assert_status(&server.get("/healthz", &[]).await, 200);
    first.write_all(INITIALIZE.as_bytes()).await.unwrap();
    assert_status(&receive(first).await, 200);
}

#[tokio::test]
async fn metrics_can_have_a_port_of_their_own() {
    let server = Server::start(&["--metrics-port", "0"]).await;
    let address = server.metrics.unwrap();
    assert_status(&get(address, "/metrics", &[]).await, 200);
    assert_status(
        &get(address, "/metrics", &["host: evil.example"]).await,
        403,
    );
    assert_status(&server.get("/metrics", &[]).await, 404);
}

#[cfg(unix)]
#[tokio::test]
async fn a_request_to_stop_lets_open_requests_finish() {
    let mut server = Server::start(&[]).await;
    let mut streams = Vec::new();
    for era in eras() {
        // A client of the older era holds a stream open all the time.
        streams.push(server.connect(era).await);
    }
    let mut open = server.open(INITIALIZE.len()).await;
    crate::support::terminate(&server.process).await;
    until(async || TcpStream::connect(server.address).await.is_err()).await;
    open.write_all(INITIALIZE.as_bytes()).await.unwrap();
    assert_status(&receive(open).await, 200);
    assert!(crate::support::exit(&mut server.process).await.success());
}

#[cfg(unix)]
#[tokio::test]
async fn a_request_that_never_ends_does_not_hold_up_the_exit() {
    let mut server = Server::start(&["--shutdown-grace-seconds", "0"]).await;
    let _open = server.open(10).await;
    crate::support::terminate(&server.process).await;
    assert!(crate::support::exit(&mut server.process).await.success());
}

#[tokio::test]
async fn settings_that_do_not_fit_are_named() {
    for (variable, value) in [
        ("MCP_HOST", "somewhere"),
        ("MCP_PORT", "65536"),
        ("MCP_ALLOWED_HOSTS", "localhost,https://example.com"),
        ("MCP_ALLOWED_ORIGINS", "*"),
        ("MCP_METRICS_PORT", "none"),
        ("MCP_MAX_BODY_BYTES", "1 MB"),
        ("MCP_MAX_CONCURRENT_REQUESTS", "0"),
        ("MCP_MAX_CONNECTIONS", "0"),
        ("MCP_HEADER_TIMEOUT_SECONDS", "0"),
        ("MCP_MAX_SESSIONS", "0"),
        ("MCP_SESSION_IDLE_SECONDS", "0"),
        ("MCP_SHUTDOWN_GRACE_SECONDS", "-1"),
    ] {
        let message = refusal(&[], &[(variable, value)]).await;
        assert!(message.contains(variable), "{message}");
    }
    let same = ["--port", "8000", "--metrics-port", "8000"];
    let message = refusal(&same, SETTINGS).await;
    assert!(message.contains("MCP_METRICS_PORT"), "{message}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let server = Server::start(&[]).await;
    let port = server.address.port().to_string();
    let mut second = serving(&["--port", &port]);
    let output = timeout(SOON, second.output()).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("MCP_PORT"), "{message}");
}
