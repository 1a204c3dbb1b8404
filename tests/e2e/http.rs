//! The plainest HTTP client there is: one request, one connection.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

pub const TOKEN: &str = "a-token-that-only-the-tests-know";

const PATIENCE: Duration = Duration::from_secs(60);

/// The head and the body of a request of the current revision.
pub fn request(method: &str, name: &str, mut params: Value) -> String {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let authorization = format!("Bearer {TOKEN}");
    let mut headers = vec![
        ("authorization", authorization.as_str()),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", method),
    ];
    if !name.is_empty() {
        headers.push(("mcp-name", name));
    }
    post(&headers, &message)
}

/// The head and the body of a request that carries `message`.
pub fn post(headers: &[(&str, &str)], message: &Value) -> String {
    let headers = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"));
    let headers = headers.collect::<Vec<_>>().concat();
    let body = message.to_string();
    format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\naccept: application/json, text/event-stream\r\n\
         {headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub fn connect(port: u16) -> Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Everything that the server sends until it closes the connection.
pub fn exchange(port: u16, request: &str) -> Result<String> {
    let mut stream = connect(port)?;
    stream.write_all(request.as_bytes())?;
    finish(stream)
}

pub fn finish(mut stream: TcpStream) -> Result<String> {
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;
    Ok(String::from_utf8_lossy(&response).into_owned())
}

/// The only message in a response.
pub fn message(response: &str) -> Result<Value> {
    let messages = messages(response)?;
    let message = messages.into_iter().next();
    message.with_context(|| format!("no message: {response}"))
}

/// The messages in a response: its lines that are objects, with or without `data:`.
pub fn messages(response: &str) -> Result<Vec<Value>> {
    let lines = response
        .lines()
        .map(|line| line.trim_start_matches("data: "));
    lines
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).with_context(|| format!("no message: {response}")))
        .collect()
}
