//! A tool that the tests of the transports call.

use rmcp::model::{CallToolRequestParams, object};
use serde_json::json;

pub const TOOL: &str = "add-note";

/// A call that succeeds.
pub fn call() -> CallToolRequestParams {
    let note = json!({"name": "groceries", "content": "milk, bread"});
    CallToolRequestParams::new(TOOL).with_arguments(object(note))
}
