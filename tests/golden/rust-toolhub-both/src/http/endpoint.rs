//! The MCP endpoint and its limits: requests at a time, size and time of a body, sessions.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Frame, SizeHint};
use rmcp::ErrorData;
use rmcp::transport::streamable_http_server::StreamableHttpService;
use rmcp::transport::streamable_http_server::session::SessionManager as _;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use serde::de::IgnoredAny;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::task_tracker::{TaskTracker, TaskTrackerToken};

use crate::McpServer;

pub(super) struct Endpoint {
    pub(super) mcp: StreamableHttpService<McpServer, LocalSessionManager>,
    pub(super) sessions: Arc<LocalSessionManager>,
    pub(super) max_sessions: usize,
    pub(super) max_body_bytes: usize,
    pub(super) body_time: Duration,
    /// Places for requests and open streams.
    pub(super) slots: Arc<Semaphore>,
    /// Requests that come to an end by themselves.
    pub(super) calls: TaskTracker,
}

/// Answer a request if there is room; it takes its place until the last byte of its response.
pub(super) async fn serve(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    let Ok(slot) = Arc::clone(&endpoint.slots).try_acquire_owned() else {
        return busy("too many requests are open");
    };
    // A session of the older revisions reads its stream with GET, and until it goes away.
    let call = (request.method() != Method::GET).then(|| endpoint.calls.token());
    endpoint.answer(request).await.map(|body| {
        Body::new(Occupying {
            body,
            _place: (slot, call),
        })
    })
}

impl Endpoint {
    async fn answer(&self, request: Request) -> Response {
        // The whole body is read before anything acts on it.
        let (parts, body) = request.into_parts();
        let body = match tokio::time::timeout(self.body_time, self.read(body)).await {
            Ok(Ok(body)) => body,
            Ok(Err(status)) => return status.into_response(),
            Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
        };
        let content_type = parts.headers.get(header::CONTENT_TYPE);
        let json = content_type.is_some_and(|it| it.as_bytes().starts_with(b"application/json"));
        let request = Request::from_parts(parts, Body::from(body.clone()));
        let response = self.mcp.handle(request).await;
        // What rmcp answers with when it cannot read a body either.
        if json && response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            return not_a_message(&body);
        }
        // Only the response that opens a session carries its id.
        let opened = response.headers().get("mcp-session-id");
        let Some(id) = opened.and_then(|id| id.to_str().ok()) else {
            return response.into_response();
        };
        if self.sessions.sessions.read().await.len() <= self.max_sessions {
            return response.into_response();
        }
        if let Err(error) = self.sessions.close_session(&id.into()).await {
            tracing::warn!(%error, "cannot close a session");
        }
        busy("too many sessions are open")
    }

    async fn read(&self, body: Body) -> Result<Bytes, StatusCode> {
        if body.size_hint().lower() > self.max_body_bytes as u64 {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        match Limited::new(body, self.max_body_bytes).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
            Err(_) => Err(StatusCode::BAD_REQUEST),
        }
    }
}

/// The body of a response, and the place that its request takes.
struct Occupying {
    body: Body,
    _place: (OwnedSemaphorePermit, Option<TaskTrackerToken>),
}

impl HttpBody for Occupying {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn not_a_message(body: &[u8]) -> Response {
    let error = match serde_json::from_slice::<IgnoredAny>(body) {
        Err(_) => ErrorData::parse_error("the body is not JSON", None),
        Ok(_) => ErrorData::invalid_request("the body is not one message of MCP", None),
    };
    let headers = [(header::CONTENT_TYPE, "application/json")];
    let body = json!({"jsonrpc": "2.0", "error": error}).to_string();
    (StatusCode::BAD_REQUEST, headers, body).into_response()
}

fn busy(why: &'static str) -> Response {
    tracing::warn!(why, "request refused");
    let headers = [(header::RETRY_AFTER, "1")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, why).into_response()
}
