//! Requests with exactly the headers that a test gives them.

use std::net::SocketAddr;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::http::receive;

/// Send one request with these headers beside those that every request has.
pub async fn send(address: SocketAddr, request: &str, headers: &[&str], body: &str) -> String {
    let mut stream = open(address, request, headers, body.len()).await;
    stream.write_all(body.as_bytes()).await.unwrap();
    receive(stream).await
}

/// Send one request without its body.
pub async fn open(
    address: SocketAddr,
    request: &str,
    headers: &[&str],
    length: usize,
) -> TcpStream {
    let mut head = vec![
        format!("{request} HTTP/1.1"),
        "connection: close".to_owned(),
        "content-type: application/json".to_owned(),
        "accept: application/json, text/event-stream".to_owned(),
        format!("content-length: {length}"),
    ];
    if !headers.iter().any(|header| header.starts_with("host:")) {
        head.push(format!("host: {address}"));
    }
    head.extend(headers.iter().map(ToString::to_string));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = head.join("\r\n") + "\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

pub fn header<'a>(response: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = response.lines().take_while(|line| !line.is_empty());
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}
