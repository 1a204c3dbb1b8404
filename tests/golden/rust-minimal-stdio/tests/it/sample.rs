//! A tool that the tests of the transports call.

use rmcp::model::{CallToolRequestParams, object};
use serde_json::json;

pub const TOOL: &str = "echo";

/// A call that succeeds.
pub fn call() -> CallToolRequestParams {
    CallToolRequestParams::new(TOOL).with_arguments(object(json!({"text": "hello"})))
}
