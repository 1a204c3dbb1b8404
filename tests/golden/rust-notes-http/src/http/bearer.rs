//! Bearer tokens: who may send requests, and which session is whose.

use std::collections::HashMap;
use std::env::{self, VarError};
use std::fmt;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header, request};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use rmcp::RoleServer;
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::SessionId;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::sync::Mutex;

use crate::error::ConfigError;

const VARIABLE: &str = "MCP_AUTH_TOKENS";

/// A shorter token could be guessed.
const MIN_LENGTH: usize = 16;

/// Answers to a request without a token, and to one whose token is not known.
const NO_TOKEN: &str = r#"Bearer realm="mcp""#;
const UNKNOWN_TOKEN: &str = r#"Bearer realm="mcp", error="invalid_token""#;

/// Who sent a request: the SHA-256 of its token. Only the first eight digits are ever shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Caller([u8; 32]);

impl Caller {
    /// Who sent the request that a handler answers; nobody that is known over stdio.
    #[must_use]
    pub fn of(context: &RequestContext<RoleServer>) -> Option<Self> {
        let parts = context.extensions.get::<request::Parts>()?;
        parts.extensions.get().copied()
    }

    pub(super) fn with(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(formatter, "{a:02x}{b:02x}{c:02x}{d:02x}")
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The callers that are let in: none, unless `MCP_AUTH_TOKENS` says so.
#[derive(Debug, Clone, Default)]
pub struct Tokens(Arc<[Caller]>);

impl Tokens {
    pub(super) fn from_environment() -> Result<Self, ConfigError> {
        let tokens = match env::var(VARIABLE) {
            Ok(text) => Self::parse(&text),
            Err(VarError::NotUnicode(_)) => Err("the value is not valid UTF-8".to_owned()),
            Err(VarError::NotPresent) => Err("not set, and clients need a token".to_owned()),
        };
        tokens.map_err(|error| ConfigError(format!("{VARIABLE}: {error}")))
    }

    /// Tokens with commas between them. No message repeats any of the text.
    fn parse(text: &str) -> Result<Self, String> {
        let mut callers = Vec::new();
        for (token, number) in text.split(',').map(str::trim).zip(1..) {
            if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(format!(
                    "token {number} has characters other than visible ASCII"
                ));
            }
            if token.len() < MIN_LENGTH {
                return Err(format!(
                    "token {number} has fewer than {MIN_LENGTH} characters"
                ));
            }
            let caller = Caller::with(token);
            if callers.contains(&caller) {
                return Err(format!("token {number} is there twice"));
            }
            callers.push(caller);
        }
        Ok(Self(callers.into()))
    }

    /// The one who sent these headers, or the challenge to answer with.
    fn caller(&self, headers: &HeaderMap) -> Result<Caller, &'static str> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let token = values.next().and_then(bearer).ok_or(NO_TOKEN)?;
        let given = Caller::with(token);
        // How long this takes says nothing of the tokens: whole hashes are compared, and all of them.
        let known = self.0.iter().fold(false, |known, caller| {
            known | bool::from(caller.0.ct_eq(&given.0))
        });
        if known && values.next().is_none() {
            Ok(given)
        } else {
            Err(UNKNOWN_TOKEN)
        }
    }
}

fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("Bearer")
        .then(|| token.trim_start_matches(' '))
}

/// Refuse a request with 401 unless its token is known. Handlers find the [`Caller`] in its extensions.
pub(super) async fn check(
    State(tokens): State<Tokens>,
    mut request: Request,
    next: Next,
) -> Response {
    match tokens.caller(request.headers()) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(challenge) => {
            tracing::warn!(challenge, "request refused: no token that is known");
            let headers = [(header::WWW_AUTHENTICATE, challenge)];
            (StatusCode::UNAUTHORIZED, headers, "a token is needed\n").into_response()
        }
    }
}

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
pub(super) async fn bind_sessions(
    State(owners): State<Owners>,
    Extension(caller): Extension<Caller>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(session) = session(request.headers()) {
        let owner = owners.callers.lock().await.get(session).copied();
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

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "first-token-of-a-test";
    const SECOND: &str = "second-token-of-a-test";

    #[test]
    fn several_tokens_are_read_and_never_shown() {
        let tokens = Tokens::parse(&format!("{FIRST}, {SECOND}")).unwrap();
        assert_eq!(*tokens.0, [Caller::with(FIRST), Caller::with(SECOND)]);
        let shown = format!("{tokens:?}");
        assert_eq!(shown, "Tokens([7281c8b6, 05757b1d])");
    }

    #[test]
    fn tokens_that_are_no_secret_are_refused() {
        for (text, reason) in [
            ("", "token 1 has fewer"),
            ("fifteen-letters", "token 1 has fewer"),
            (
                "first-token-of-a-test,second-token-of-a-test,",
                "token 3 has fewer",
            ),
            (",first-token-of-a-test", "token 1 has fewer"),
            ("first-token of-a-test", "token 1 has characters"),
            ("first-token-of-a-tést", "token 1 has characters"),
            (
                "first-token-of-a-test,first-token-of-a-test",
                "token 2 is there twice",
            ),
        ] {
            let error = Tokens::parse(text).unwrap_err();
            assert!(error.starts_with(reason), "{text}: {error}");
            assert!(!error.contains("of-a"), "{error}");
        }
    }

    #[test]
    fn without_tokens_nobody_is_let_in() {
        let mut headers = HeaderMap::new();
        assert_eq!(Tokens::default().caller(&headers), Err(NO_TOKEN));
        let value = format!("Bearer {FIRST}").parse().unwrap();
        headers.insert(header::AUTHORIZATION, value);
        assert_eq!(Tokens::default().caller(&headers), Err(UNKNOWN_TOKEN));
    }
}
