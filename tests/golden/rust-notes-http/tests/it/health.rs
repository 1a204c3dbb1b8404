//! `--health-check`, as a container's health check runs it.

use std::net::SocketAddr;
use std::process::Output;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::http::{Server, serving};
use crate::support::SOON;

/// Ask the server at this port, with the address that it was told to listen on.
async fn health_check(host: &str, port: u16) -> Output {
    let mut command = serving(&["--health-check"]);
    command
        .env("MCP_HOST", host)
        .env("MCP_PORT", port.to_string());
    timeout(SOON, command.output()).await.unwrap().unwrap()
}

/// A listener that gives this answer to everybody, or none at all, and where it is.
async fn listener(answer: Option<&'static str>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut silent = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            if let Some(answer) = answer {
                let request = stream.read(&mut [0; 1024]).await.unwrap();
                assert!(request > 0);
                stream.write_all(answer.as_bytes()).await.unwrap();
            } else {
                silent.push(stream);
            }
        }
    });
    address
}

#[tokio::test]
async fn a_running_server_is_healthy() {
    let server = Server::start(&[]).await;
    for host in ["127.0.0.1", "0.0.0.0"] {
        let output = health_check(host, server.address.port()).await;
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{message}");
        assert_eq!(output.stdout, b"");
        assert_eq!(message, "");
    }
}

#[tokio::test]
async fn what_does_not_answer_as_it_should_is_not_healthy() {
    let mut stopped = Server::start(&[]).await;
    stopped.process.kill().await.unwrap();
    let busy = listener(Some("HTTP/1.1 503 Service Unavailable\r\n\r\n")).await;
    let foreign = listener(Some("220 mail.example ESMTP\r\n")).await;
    let closes = listener(Some("")).await;
    let silent = listener(None).await;
    for address in [stopped.address, busy, foreign, closes, silent] {
        let output = health_check("127.0.0.1", address.port()).await;
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert_eq!(output.stdout, b"");
        assert!(message.contains(&address.to_string()), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}
