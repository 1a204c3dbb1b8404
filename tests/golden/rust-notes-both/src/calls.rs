//! What is told of each request, when it is done. Arguments and results never are.

use std::pin::Pin;
use std::time::{Duration, Instant};

use rmcp::model::{CallToolResponse, ErrorCode, NumberOrString};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use tokio_util::sync::CancellationToken;

use crate::bounds::clipped;
use crate::http::request::HttpRequest;

/// A method of the protocol, and what the log says when it is done.
#[derive(Debug, Clone, Copy)]
pub struct Method {
    name: &'static str,
    done: &'static str,
}

pub const CALL_TOOL: Method = Method::new("tools/call", "tool called");
pub const GET_PROMPT: Method = Method::new("prompts/get", "prompt given");
pub const LIST_PROMPTS: Method = Method::new("prompts/list", "prompts listed");
pub const LIST_RESOURCES: Method = Method::new("resources/list", "resources listed");
pub const LIST_TEMPLATES: Method = Method::new("resources/templates/list", "templates listed");
pub const LIST_TOOLS: Method = Method::new("tools/list", "tools listed");
pub const READ_RESOURCE: Method = Method::new("resources/read", "resource read");
pub const COMPLETE: Method = Method::new("completion/complete", "argument completed");

impl Method {
    const fn new(name: &'static str, done: &'static str) -> Self {
        Self { name, done }
    }
}

/// What a request is about.
#[derive(Debug, Clone)]
pub enum Target {
    Tool(String),
    Prompt(String),
    Resource(String),
    /// A name that the client made up.
    Unknown(String),
}

impl Target {
    #[must_use]
    pub fn tool(name: &str, known: bool) -> Self {
        let target = if known { Self::Tool } else { Self::Unknown };
        target(clipped(name).to_owned())
    }

    #[must_use]
    pub fn prompt(name: &str, known: bool) -> Self {
        let target = if known { Self::Prompt } else { Self::Unknown };
        target(clipped(name).to_owned())
    }

    /// Without what follows the path, which may be a secret.
    #[must_use]
    pub fn resource(uri: &str) -> Self {
        let path = uri.split(['?', '#']).next().unwrap_or_default();
        Self::Resource(clipped(path).to_owned())
    }

    fn known_tool(&self) -> Option<&str> {
        match self {
            Self::Tool(name) => Some(name),
            _ => None,
        }
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    /// A tool has failed and said so, which the model can read.
    ToolError,
    /// A JSON-RPC error.
    Error(ErrorCode),
    /// The client no longer wants an answer.
    Cancelled,
}

impl Outcome {
    pub fn of<T>(result: &Result<T, ErrorData>) -> Self {
        match result {
            Ok(_) => Self::Ok,
            Err(error) => Self::Error(error.code),
        }
    }

    #[must_use]
    pub fn of_tool(result: &Result<CallToolResponse, ErrorData>) -> Self {
        match result {
            Ok(CallToolResponse::Complete(result)) if result.is_error == Some(true) => {
                Self::ToolError
            }
            other => Self::of(other),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ToolError | Self::Error(_) => "error",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What a request will be answered with.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ErrorData>> + Send + 'a>>;

/// A request that is being answered.
#[derive(Debug)]
pub struct Call {
    method: Method,
    target: Option<Target>,
    id: NumberOrString,
    cancelled: CancellationToken,
    started: Instant,
    http: Option<HttpRequest>,
}

impl Call {
    #[must_use]
    pub fn new(
        method: Method,
        target: Option<Target>,
        context: &RequestContext<RoleServer>,
    ) -> Self {
        Self {
            http: HttpRequest::of(context),
            method,
            target,
            id: context.id.clone(),
            cancelled: context.ct.clone(),
            started: Instant::now(),
        }
    }

    /// Do the work, and tell how it went. The future is in a box, since rmcp moves
    /// that of each request several times, and it is as large as the largest.
    ///
    /// # Errors
    ///
    /// Fails when the work does.
    pub fn run<'a, T: Send + 'a>(
        self,
        work: impl Future<Output = Result<T, ErrorData>> + Send + 'a,
        judge: fn(&Result<T, ErrorData>) -> Outcome,
    ) -> Answer<'a, T> {
        Box::pin(self.tell(work, judge))
    }

    async fn tell<T>(
        self,
        work: impl Future<Output = Result<T, ErrorData>>,
        judge: fn(&Result<T, ErrorData>) -> Outcome,
    ) -> Result<T, ErrorData> {
        let _in_flight = self.http.as_ref().map(|http| http.metrics.begin());
        let result = work.await;
        let outcome = match judge(&result) {
            Outcome::Ok => Outcome::Ok,
            _ if self.cancelled.is_cancelled() => Outcome::Cancelled,
            failure => failure,
        };
        let elapsed = self.started.elapsed();
        self.log(outcome, elapsed);
        if let Some(http) = &self.http {
            let tool = self.target.as_ref().and_then(Target::known_tool);
            http.metrics
                .record(self.method.name, tool, outcome, elapsed);
        }
        result
    }

    fn log(&self, outcome: Outcome, elapsed: Duration) {
        let message = self.method.done;
        let method = self.method.name;
        let [mut tool, mut prompt, mut resource, mut unknown] = [None; 4];
        match &self.target {
            Some(Target::Tool(name)) => tool = Some(name),
            Some(Target::Prompt(name)) => prompt = Some(name),
            Some(Target::Resource(uri)) => resource = Some(uri),
            Some(Target::Unknown(name)) => unknown = Some(name),
            None => {}
        }
        let id: &dyn tracing::Value = match &self.id {
            NumberOrString::Number(number) => number,
            NumberOrString::String(text) => &clipped(text),
        };
        let code = match outcome {
            Outcome::Error(code) => Some(code.0),
            _ => None,
        };
        let outcome = outcome.name();
        let duration_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let request_id = self.http.as_ref().map(HttpRequest::id);
        if self.http.is_some() {
            tracing::info!(
                message,
                method,
                tool,
                prompt,
                resource,
                unknown,
                id,
                outcome,
                code,
                duration_us,
                request_id,
            );
        } else {
            tracing::debug!(
                message,
                method,
                tool,
                prompt,
                resource,
                unknown,
                id,
                outcome,
                code,
                duration_us,
            );
        }
    }
}
