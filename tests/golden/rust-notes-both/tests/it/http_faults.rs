//! Clients that break the rules: each gets a clear answer, and the server serves the others.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::http::{INITIALIZE, Server, assert_status, receive, until};
use crate::support::SOON;

/// A connection on which `bytes` were sent.
async fn connection(server: &Server, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

#[tokio::test]
async fn a_body_that_is_no_message_is_refused() {
    let server = Server::start(&[]).await;
    let deep = "[".repeat(10_000);
    let not_json = [
        "",
        " ",
        "{",
        "}",
        "\0",
        "\u{feff}{}",
        "'a'",
        "{'a': 1}",
        r#"{"jsonrpc": "2.0",}"#,
        r#"{"jsonrpc": "2.0", "id": 01}"#,
        r#"{"jsonrpc": "2.0"} {"jsonrpc": "2.0"}"#,
        &deep,
    ];
    let no_message = [
        "null",
        "true",
        "1",
        r#""ping""#,
        "{}",
        "[]",
        r#"[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]"#,
        r#"{"id": 1, "method": "ping"}"#,
        r#"{"jsonrpc": "2.0"}"#,
        r#"{"jsonrpc": "2.0", "id": 1}"#,
        r#"{"jsonrpc": 2.0, "id": 1, "method": "ping"}"#,
        r#"{"jsonrpc": "1.0", "id": 1, "method": "ping"}"#,
        r#"{"jsonrpc": "2.0", "id": {}, "method": "ping"}"#,
        r#"{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}"#,
        r#"{"jsonrpc": "2.0", "id": null, "method": "ping"}"#,
        r#"{"jsonrpc": "2.0", "id": 1, "id": 2, "method": "ping"}"#,
        r#"{"jsonrpc": "2.0", "id": 1, "method": null}"#,
        r#"{"jsonrpc": "2.0", "id": 1, "method": ["ping"]}"#,
        r#"{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": 1}"#,
        r#"{"jsonrpc": "2.0", "id": 1, "error": "none"}"#,
    ];
    for (bodies, code) in [(&not_json[..], -32700), (&no_message, -32600)] {
        for body in bodies {
            let response = server.post(&[], body).await;
            assert_status(&response, 400);
            let error = format!(r#""error":{{"code":{code},"#);
            assert!(response.contains(&error), "{body}: {response}");
        }
    }
    assert_status(&server.post(&[], INITIALIZE).await, 200);
}

#[tokio::test]
async fn a_message_at_the_wrong_time_or_place_is_refused() {
    let server = Server::start(&[]).await;
    let current = ["mcp-protocol-version: 2026-07-28", "mcp-method: tools/list"];
    for body in [
        r#"{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}"#,
        r#"{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": {}}}"#,
        r#"{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x"}}"#,
        r#"{"jsonrpc": "2.0", "id": 1, "method": "no/such/method"}"#,
        r#"{"jsonrpc": "2.0", "id": 1, "result": {}}"#,
        r#"{"jsonrpc": "2.0", "method": "notifications/initialized"}"#,
    ] {
        for headers in [&[], &current[..]] {
            assert_status(&server.post(headers, body).await, 400);
        }
    }
    let unknown = ["mcp-protocol-version: 1999-01-01"];
    assert_status(&server.post(&unknown, INITIALIZE).await, 400);
}

#[tokio::test]
async fn a_request_that_is_no_http_is_refused() {
    let server = Server::start(&[]).await;
    let long = "a".repeat(200_000);
    let many = "a: b\r\n".repeat(1_000);
    for head in [
        "\u{16}\u{3}\u{1}\r\n",
        "GET /healthz HTTP/1.1\r\nhost: a\0b\r\n",
        "POST /mcp HTTP/1.1\r\ncontent-length: -1\r\n",
        "POST /mcp HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n",
        "POST /mcp HTTP/1.1\r\ntransfer-encoding: gzip\r\n",
        &format!("GET /{long} HTTP/1.1\r\n"),
        &format!("GET /healthz HTTP/1.1\r\na: {long}\r\n"),
        &format!("GET /healthz HTTP/1.1\r\n{many}"),
    ] {
        let stream = connection(&server, format!("{head}\r\n").as_bytes()).await;
        let response = receive(stream).await;
        assert!(response.starts_with("HTTP/1.1 4"), "{response}");
    }
    // What is not at fault: an old version, and requests that do not wait for answers.
    let old = connection(&server, b"GET /healthz HTTP/1.0\r\n\r\n").await;
    assert!(receive(old).await.starts_with("HTTP/1.0 200 "));
    let one = "GET /healthz HTTP/1.1\r\nhost: a\r\n";
    let all = format!("{one}\r\n{one}\r\n{one}connection: close\r\n\r\n");
    let answers = receive(connection(&server, all.as_bytes()).await).await;
    assert_eq!(answers.matches("HTTP/1.1 200 ").count(), 3, "{answers}");
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed() {
    let server = Server::start(&["--header-timeout-seconds", "1"]).await;
    let request = b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";
    let mut streams = Vec::new();
    for start in [0, 10, request.len() - 2, request.len()] {
        streams.push(connection(&server, &request[..start]).await);
    }
    let answered = streams.pop().unwrap();
    for stream in streams {
        assert_eq!(receive(stream).await, "");
    }
    assert_status(&receive(answered).await, 200);
}

#[tokio::test]
async fn headers_sent_byte_by_byte_gain_no_time() {
    let server = Server::start(&["--header-timeout-seconds", "1"]).await;
    let mut stream = connection(&server, b"GET /healthz HTTP/1.1\r\nhost: ").await;
    let dribbling = async {
        while stream.write_all(b"a").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(SOON, dribbling).await.unwrap();
}

#[tokio::test]
async fn connections_are_capped() {
    let server = Server::start(&["--max-connections", "1"]).await;
    let mut first = connection(&server, b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await;
    first.read_u8().await.unwrap();
    assert_status(&receive(connection(&server, b"").await).await, 503);
    drop(first);
    until(async || {
        let mut response = String::new();
        let mut stream = connection(&server, b"GET /healthz HTTP/1.0\r\n\r\n").await;
        // A refused connection may also end in an error.
        drop(stream.read_to_string(&mut response).await);
        response.starts_with("HTTP/1.0 200 ")
    })
    .await;
}

/// A proxy that has a connection open may send on it before it hears that the server is to stop.
#[cfg(unix)]
#[tokio::test]
async fn an_open_connection_brings_one_more_request_after_the_last_is_accepted() {
    const REQUEST: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let server = Server::start(&[]).await;
    let mut stream = connection(&server, REQUEST).await;
    let mut answer = [0; 512];
    let length = stream.read(&mut answer).await.unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 200 "));

    crate::support::terminate(&server.process).await;
    until(async || TcpStream::connect(server.address).await.is_err()).await;
    stream.write_all(REQUEST).await.unwrap();
    let answer = receive(stream).await;
    assert_status(&answer, 200);
    assert!(answer.contains("connection: close"), "{answer}");
}
