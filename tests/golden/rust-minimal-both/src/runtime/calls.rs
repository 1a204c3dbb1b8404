//! What is recorded of each call of a tool: neither arguments nor results.

use std::time::Instant;

use rmcp::{ErrorData, RoleServer, model::CallToolResponse, service::RequestContext};

use crate::runtime::guard::Caller;

/// A call that is being answered.
pub struct Call {
    tool: String,
    started: Instant,
    caller: Option<Caller>,
}

impl Call {
    pub fn new(tool: &str, context: &RequestContext<RoleServer>) -> Self {
        Self {
            tool: tool.to_owned(),
            started: Instant::now(),
            caller: Caller::of(context),
        }
    }

    pub fn end(self, result: &Result<CallToolResponse, ErrorData>) {
        let failed = match result {
            Ok(CallToolResponse::Complete(result)) => result.is_error == Some(true),
            result => result.is_err(),
        };
        let outcome = if failed { "error" } else { "ok" };
        let elapsed = self.started.elapsed();
        let caller = self.caller.as_ref().map(|caller| &*caller.0);
        let duration_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let tool = &self.tool;
        tracing::info!(tool, caller, outcome, duration_us, "tool called");
        super::metrics::record(&self.tool, outcome, elapsed);
    }
}
