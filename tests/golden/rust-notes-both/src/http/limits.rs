//! Limits of the MCP endpoint: requests at a time, size and time of a body, sessions.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use rmcp::transport::streamable_http_server::session::SessionManager as _;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

/// Counts what is open, to cap it and to wait for it at shutdown.
#[derive(Debug, Clone)]
pub(super) struct Admission {
    slots: Arc<Semaphore>,
    /// Requests that come to an end by themselves.
    pub(super) calls: TaskTracker,
}

impl Admission {
    pub(super) fn new(slots: u32) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(slots as usize)),
            calls: TaskTracker::new(),
        }
    }
}

/// Let a request in if there is room; it takes its place until the last byte of its response.
pub(super) async fn admit(
    State(admission): State<Admission>,
    request: Request,
    next: Next,
) -> Response {
    let Ok(slot) = admission.slots.try_acquire_owned() else {
        return busy("too many requests are open");
    };
    // A session of the older revisions reads its stream with GET, and until it goes away.
    let call = (request.method() != Method::GET).then(|| admission.calls.token());
    next.run(request).await.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _until_the_body_ends = (&slot, &call);
            frame
        }))
    })
}

#[derive(Debug, Clone, Copy)]
pub(super) struct BodyLimits {
    pub(super) bytes: usize,
    pub(super) time: Duration,
}

/// Read the whole body before anything acts on it.
pub(super) async fn read_body(
    State(limits): State<BodyLimits>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    match tokio::time::timeout(limits.time, to_bytes(body, limits.bytes)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(parts, body.into())).await,
        Ok(Err(_)) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

#[derive(Debug, Clone)]
pub(super) struct SessionCap {
    pub(super) sessions: Arc<LocalSessionManager>,
    pub(super) limit: usize,
}

/// Close a session again that is one too many.
pub(super) async fn cap_sessions(
    State(cap): State<SessionCap>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    // Only the response that opens a session carries its id.
    let opened = response.headers().get("mcp-session-id");
    let Some(id) = opened.and_then(|id| id.to_str().ok()) else {
        return response;
    };
    if cap.sessions.sessions.read().await.len() <= cap.limit {
        return response;
    }
    if let Err(error) = cap.sessions.close_session(&id.into()).await {
        tracing::warn!(%error, "cannot close a session");
    }
    busy("too many sessions are open")
}

fn busy(why: &'static str) -> Response {
    tracing::warn!(why, "request refused");
    let headers = [(header::RETRY_AFTER, "1")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, why).into_response()
}
