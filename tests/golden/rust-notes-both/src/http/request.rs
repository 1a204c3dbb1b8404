//! What each HTTP request gets on its way in: an id, by which it is found in the
//! logs of every server that it went through, and the metrics that it counts in.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, request};
use axum::middleware::Next;
use axum::response::Response;
use rmcp::RoleServer;
use rmcp::service::RequestContext;

use super::metrics::Metrics;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// A longer id is no id.
const MAX_LENGTH: usize = 64;

/// The HTTP side of a request that a handler answers.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    id: HeaderValue,
    pub(crate) metrics: Metrics,
}

impl HttpRequest {
    /// Nothing for a request that did not come over HTTP.
    #[must_use]
    pub fn of(context: &RequestContext<RoleServer>) -> Option<Self> {
        let parts = context.extensions.get::<request::Parts>()?;
        parts.extensions.get().cloned()
    }

    #[must_use]
    pub fn id(&self) -> &str {
        self.id.to_str().unwrap_or_default()
    }
}

/// Numbers the requests of one process.
#[derive(Debug, Clone)]
pub(super) struct Requests {
    pub(super) metrics: Metrics,
    process: u64,
    count: Arc<AtomicU64>,
}

impl Requests {
    pub(super) fn new(metrics: Metrics) -> Self {
        Self {
            metrics,
            process: RandomState::new().hash_one(std::process::id()) >> 32,
            count: Arc::default(),
        }
    }

    fn next_id(&self) -> HeaderValue {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let id = format!("{:08x}-{number:x}", self.process);
        HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("-"))
    }
}

/// Give a request the id that it came with, or a new one, and its response the same.
pub(super) async fn identify(
    State(requests): State<Requests>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = given_id(request.headers()).unwrap_or_else(|| requests.next_id());
    request.extensions_mut().insert(HttpRequest {
        id: id.clone(),
        metrics: requests.metrics.clone(),
    });
    let mut response = next.run(request).await;
    requests.metrics.count_refusal(response.status());
    response.headers_mut().insert(HEADER, id);
    response
}

/// The id that a proxy, or the client, has given.
fn given_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let id = headers.get(HEADER)?;
    let harmless = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    let usable = (1..=MAX_LENGTH).contains(&id.len()) && id.as_bytes().iter().all(harmless);
    usable.then(|| id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_over_if_it_is_harmless() {
        let given = |id: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, id.parse().unwrap());
            given_id(&headers).is_some()
        };
        assert!(given("0af76519-16cd.43dd_8448"));
        assert!(!given(""));
        assert!(!given("a b"));
        assert!(!given("a=\"b\""));
        assert!(!given(&"a".repeat(65)));
        assert!(given_id(&HeaderMap::new()).is_none());
    }
}
