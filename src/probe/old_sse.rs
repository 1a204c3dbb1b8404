//! Recognizes a server that speaks only the HTTP+SSE transport of 2024-11-05, which no current client opens with.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt as _;

use super::http::Client;

/// What such a server sends first on a GET: where messages go.
const FIRST_EVENT: &[u8] = b"event: endpoint";

/// Whether it is one: a stream that begins with where to post.
pub(super) async fn is_spoken(client: &Client) -> bool {
    let mut headers = HeaderMap::new();
    let accept = HeaderValue::from_static("text/event-stream");
    headers.insert(header::ACCEPT, accept);
    let response = client.exchange(Method::GET, headers, Vec::new()).await;
    let Ok(response) = response else {
        return false;
    };
    if response.status() != StatusCode::OK {
        return false;
    }
    let mut body = response.into_body();
    let mut seen = Vec::new();
    while seen.len() < FIRST_EVENT.len() {
        let Some(Ok(frame)) = body.frame().await else {
            return false;
        };
        seen.extend(frame.into_data().unwrap_or_default());
    }
    seen.starts_with(FIRST_EVENT)
}
