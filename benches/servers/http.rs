//! Calls over HTTP on connections that are kept: each sends its next call when the last is answered.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use crate::Run;
use crate::server::{Server, TOKEN};

const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",
"io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}"#;

pub struct Call {
    tool: &'static str,
    body: Bytes,
}

impl Call {
    pub fn tool(tool: &'static str, arguments: &str) -> Self {
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments},{META}}}}}"#
        );
        let body = body.into();
        Self { tool, body }
    }

    fn request(&self, port: u16) -> Request<Full<Bytes>> {
        Request::post("/mcp")
            .header("host", format!("127.0.0.1:{port}"))
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/call")
            .header("mcp-name", self.tool)
            .body(Full::new(self.body.clone()))
            .expect("a request")
    }
}

/// Call for some time.
pub fn load(server: &Server, call: &Call, connections: usize, time: Duration) -> Run {
    let end = Instant::now() + time;
    run(server, call, connections, move || Instant::now() < end)
}

/// Call so many times.
pub fn count(server: &Server, call: &Call, calls: u32) {
    let left = Cell::new(calls);
    run(server, call, 16, move || {
        left.set(left.get().saturating_sub(1));
        left.get() > 0
    });
}

fn run(server: &Server, call: &Call, connections: usize, more: impl Fn() -> bool + 'static) -> Run {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let request = call.request(server.port);
    let more = Rc::new(more);
    let work = LocalSet::new();
    let (cpu, started) = (server.cpu(), Instant::now());
    let mut times = work.block_on(&runtime.expect("a runtime"), async {
        let mut clients = Vec::new();
        for _ in 0..connections {
            let client = client(server.port, request.clone(), Rc::clone(&more));
            clients.push(tokio::task::spawn_local(client));
        }
        let mut times = Vec::new();
        for client in clients {
            times.extend(client.await.expect("a client"));
        }
        times
    });
    let (wall, cpu) = (started.elapsed(), server.cpu().saturating_sub(cpu));
    times.sort_unstable();
    Run { times, wall, cpu }
}

async fn client(
    port: u16,
    request: Request<Full<Bytes>>,
    more: Rc<impl Fn() -> bool>,
) -> Vec<Duration> {
    let stream = TcpStream::connect(("127.0.0.1", port))
        .await
        .expect("a connection");
    stream.set_nodelay(true).expect("TCP_NODELAY");
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.expect("HTTP");
    tokio::task::spawn_local(connection);
    let mut times = Vec::new();
    while more() {
        let started = Instant::now();
        send(&mut sender, request.clone()).await;
        times.push(started.elapsed());
    }
    times
}

async fn send(sender: &mut SendRequest<Full<Bytes>>, request: Request<Full<Bytes>>) {
    sender.ready().await.expect("an open connection");
    let response = sender.send_request(request).await.expect("a response");
    let status = response.status();
    let body = response
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    let answered = body.windows(15).any(|it| it == b"\"isError\":false");
    assert!(
        status.is_success() && answered,
        "{status}: {}",
        String::from_utf8_lossy(&body)
    );
}
