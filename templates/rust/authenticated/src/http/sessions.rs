//! Which session is whose: it is not there for anybody else.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use rmcp::transport::streamable_http_server::session::SessionId;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use tokio::sync::Mutex;

use super::caller::Caller;

/// Who opened which session.
#[derive(Debug, Clone)]
pub(super) struct Owners {
    sessions: Arc<LocalSessionManager>,
    callers: Arc<Mutex<HashMap<SessionId, Caller>>>,
}

impl Owners {
    pub(super) fn new(sessions: Arc<LocalSessionManager>) -> Self {
        Self {
            sessions,
            callers: Arc::default(),
        }
    }

    async fn add(&self, session: &str, caller: Caller) {
        let open = self.sessions.sessions.read().await;
        let mut callers = self.callers.lock().await;
        // Sessions that are closed by now, so that there are never more entries than sessions may be open.
        callers.retain(|session, _| open.contains_key(session));
        callers.insert(session.into(), caller);
    }
}

/// A session of another caller is not there.
pub(super) async fn bind(
    State(owners): State<Owners>,
    Extension(caller): Extension<Caller>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(session) = session(request.headers()) {
        let owner = owners.callers.lock().await.get(session).cloned();
        if owner.is_some_and(|owner| owner != caller) {
            tracing::warn!(%caller, "request refused: the session is another caller's");
            return (StatusCode::NOT_FOUND, "Not Found: Session not found").into_response();
        }
    }
    let response = next.run(request).await;
    // Only the response that opens a session carries its id.
    if let Some(session) = session(response.headers()) {
        owners.add(session, caller).await;
    }
    response
}

fn session(headers: &HeaderMap) -> Option<&str> {
    headers.get("mcp-session-id")?.to_str().ok()
}
