//! A tool that the tests of the transports call.

use rmcp::model::{CallToolRequestParams, object};
use serde_json::json;

pub const TOOL: &str = "get_order";

/// A call that succeeds.
pub fn call() -> CallToolRequestParams {
    CallToolRequestParams::new(TOOL).with_arguments(object(json!({"order_id": "ORD-1001"})))
}
