//! Progress and cancellation over HTTP.

use rmcp::transport::StreamableHttpClientTransport;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::http::{Server, send};
use crate::slow::{Progress, begin, endless, wait_until_free};
use crate::support::{SOON, connect_as, eras};

/// A server whose only connection can be busy.
async fn start() -> Server {
    Server::start(&["--database-connections=1", "--query-timeout-seconds=50"]).await
}

#[tokio::test]
async fn a_client_hears_of_progress_and_cancels() {
    let server = start().await;
    for era in eras() {
        let transport = StreamableHttpClientTransport::from_config(server.config());
        let progress = Progress::default();
        let client = connect_as(progress.clone(), transport, era).await;
        let slow = begin(&client).await;
        progress.wait_for(2).await;
        slow.cancel(None).await.unwrap();
        wait_until_free(&client).await;
    }
}

#[tokio::test]
async fn a_client_that_goes_away_has_cancelled() {
    let server = start().await;
    let mut call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": endless()});
    call["params"]["_meta"] = json!({
        "progressToken": 1,
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let call = call.to_string();
    let headers = [
        "mcp-protocol-version: 2026-07-28",
        "mcp-method: tools/call",
        "mcp-name: run_query",
    ];
    let mut stream = send(server.address, "POST /mcp", &headers, call.len()).await;
    stream.write_all(call.as_bytes()).await.unwrap();
    let mut heard = String::new();
    while !heard.contains("notifications/progress") {
        let mut part = [0; 1024];
        let read = timeout(SOON, stream.read(&mut part)).await;
        let length = read.unwrap().unwrap();
        assert!(length > 0, "{heard}");
        heard += str::from_utf8(&part[..length]).unwrap();
    }
    drop(stream);

    let [_, era] = eras();
    let client = server.connect(era).await;
    wait_until_free(&client).await;
}
