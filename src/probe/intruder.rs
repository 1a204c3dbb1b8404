//! Requests that a server over HTTP should refuse: from the page of another site, under a foreign name, in a session that
//! does not exist.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use rmcp::model::{ClientJsonRpcMessage, ClientRequest};

use super::{endpoint::Endpoint, http::Client, report::Finding};

/// What the intruder does differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trick {
    /// A page of another site sends it.
    Origin,
    /// The name of another site leads here, as an attacker's DNS can make it do.
    Host,
    /// It claims a session that was never opened.
    Session,
}

impl Trick {
    /// The tricks that make sense against this server.
    pub fn against(endpoint: &Endpoint, has_sessions: bool) -> Vec<Self> {
        let mut tricks = vec![Self::Origin];
        // Elsewhere the name decides which server answers.
        if endpoint.is_loopback() {
            tricks.push(Self::Host);
        }
        if has_sessions {
            tricks.push(Self::Session);
        }
        tricks
    }

    pub fn step(self) -> &'static str {
        match self {
            Self::Origin => "foreign origin",
            Self::Host => "foreign host",
            Self::Session => "unknown session",
        }
    }

    fn header(self) -> (HeaderName, HeaderValue) {
        match self {
            Self::Origin => (
                header::ORIGIN,
                HeaderValue::from_static("http://foreign-origin.invalid"),
            ),
            Self::Host => (
                header::HOST,
                HeaderValue::from_static("foreign-host.invalid"),
            ),
            Self::Session => (
                HeaderName::from_static("mcp-session-id"),
                HeaderValue::from_static("00000000-0000-4000-8000-000000000000"),
            ),
        }
    }

    /// What it means that the server answers with this status.
    pub fn judge(self, status: StatusCode) -> Option<Finding> {
        let number = status.as_u16();
        let (code, message) = match self {
            Self::Origin if status != StatusCode::FORBIDDEN => (
                "foreign-origin",
                format!(
                    "it answers a request with a foreign `Origin` with HTTP {number} instead of 403, so any web page \
                     can reach it"
                ),
            ),
            Self::Host if status.is_success() => (
                "foreign-host",
                format!(
                    "it answers a request with a foreign `Host` with HTTP {number}, so a web page can reach it by DNS \
                     rebinding"
                ),
            ),
            Self::Session if status.is_success() => (
                "session-check",
                format!(
                    "it answers a request of a session that does not exist with HTTP {number} instead of 404, so \
                     clients do not learn that theirs has ended"
                ),
            ),
            _ => return None,
        };
        Some(Finding::new(code, "server", message))
    }
}

/// The status that the opening request, or a ping in a session, gets with this trick.
pub(super) async fn status(
    client: &Client,
    trick: Trick,
    opening: &ClientJsonRpcMessage,
) -> Result<StatusCode, String> {
    let body = if trick == Trick::Session {
        br#"{"jsonrpc":"2.0","id":0,"method":"ping"}"#.to_vec()
    } else {
        serde_json::to_vec(opening).map_err(|error| error.to_string())?
    };
    let mut headers = HeaderMap::new();
    if let ClientJsonRpcMessage::Request(request) = opening
        && let ClientRequest::DiscoverRequest(_) = &request.request
    {
        headers.insert(
            "mcp-protocol-version",
            HeaderValue::from_static("2026-07-28"),
        );
        headers.insert("mcp-method", HeaderValue::from_static("server/discover"));
    }
    let (name, value) = trick.header();
    headers.insert(name, value);
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(
        header::ACCEPT,
        HeaderValue::from_static("application/json, text/event-stream"),
    );
    let response = client.exchange(Method::POST, headers, body).await;
    Ok(response.map_err(|error| error.to_string())?.status())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_fine_and_an_answer_has_its_consequence() {
        let code = |trick: Trick, status| trick.judge(status).map(|finding| finding.code);
        assert_eq!(code(Trick::Origin, StatusCode::FORBIDDEN), None);
        assert_eq!(code(Trick::Origin, StatusCode::OK), Some("foreign-origin"));
        assert_eq!(code(Trick::Host, StatusCode::MISDIRECTED_REQUEST), None);
        assert_eq!(code(Trick::Host, StatusCode::OK), Some("foreign-host"));
        assert_eq!(code(Trick::Session, StatusCode::NOT_FOUND), None);
        assert_eq!(code(Trick::Session, StatusCode::OK), Some("session-check"));
    }
}
