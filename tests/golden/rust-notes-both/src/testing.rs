//! Clients in the same process, for the tests in the file of each primitive.

use std::time::Duration;

use rmcp::model::{CallToolRequestParams, CallToolResult, ErrorCode, JsonObject, ProtocolVersion};
use rmcp::service::{
    ClientLifecycleMode, ClientServiceExt as _, Peer, RunningService, ServiceError,
};
use rmcp::{RoleClient, ServiceExt as _};
use serde_json::Value;
use tokio::io::DuplexStream;

use crate::McpServer;

pub(crate) type Client = RunningService<RoleClient, ()>;

/// A client of protocol revision 2026-07-28.
pub(crate) async fn connect() -> Client {
    let lifecycle = ClientLifecycleMode::Discover {
        preferred_versions: vec![ProtocolVersion::V_2026_07_28],
    };
    ().serve_with_lifecycle(serve(), lifecycle).await.unwrap()
}

/// A client that opens with `initialize`, as before that revision.
pub(crate) async fn connect_legacy() -> Client {
    ().serve(serve()).await.unwrap()
}

/// The client's end of a pipe to a new server.
pub(crate) fn serve() -> DuplexStream {
    let (client, pipe) = tokio::io::duplex(64 * 1024);
    tokio::spawn(async {
        let server = McpServer::new(Duration::from_secs(5));
        let serving = server.serve(pipe).await;
        serving.unwrap().waiting().await.unwrap();
    });
    client
}

pub(crate) async fn call(
    client: &Peer<RoleClient>,
    tool: &'static str,
    arguments: Value,
) -> CallToolResult {
    let request = CallToolRequestParams::new(tool).with_arguments(object(arguments));
    client.call_tool(request).await.unwrap()
}

/// What the model reads when a tool has failed.
pub(crate) fn failure(result: &CallToolResult) -> &str {
    assert_eq!(result.is_error, Some(true), "{result:?}");
    &result.content[0].as_text().unwrap().text
}

/// The code of a JSON-RPC error.
pub(crate) fn error_code<T: std::fmt::Debug>(response: Result<T, ServiceError>) -> ErrorCode {
    match response.unwrap_err() {
        ServiceError::McpError(error) => error.code,
        other => panic!("expected a JSON-RPC error, got {other}"),
    }
}

pub(crate) fn object(value: Value) -> JsonObject {
    match value {
        Value::Object(object) => object,
        other => panic!("expected an object, got {other}"),
    }
}
