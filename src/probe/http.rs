//! The HTTP side of the client: one connection a request, straight over hyper.
//!
//! Redirects to other origins are reported, never followed, and no proxy is used, so credentials go only where the user pointed. Every
//! answer is bounded in size; the callers bound it in time.

mod wire;

use std::{
    collections::HashMap,
    fmt, io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{endpoint::Endpoint, stdout::MAX_LINE, tape::Tape, text};
use futures_util::{TryStreamExt as _, stream::BoxStream};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use rmcp::{
    model::ClientJsonRpcMessage,
    transport::streamable_http_client::{
        SseError, StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse,
    },
};
use serde_json::Value;
use sse_stream::{Sse, SseStream};

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

type Result<T> = std::result::Result<T, StreamableHttpError<Trouble>>;

/// What went wrong with a request, in words for the report.
#[derive(Debug, Clone)]
pub(super) struct Trouble(String);

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Trouble {}

fn trouble(reason: impl Into<String>) -> StreamableHttpError<Trouble> {
    StreamableHttpError::Client(Trouble(reason.into()))
}

#[derive(Clone)]
pub(super) struct Client {
    endpoint: Arc<Endpoint>,
    /// The last failed request of this session: the SDK does not always hand the reason on.
    last: Arc<Mutex<Option<String>>>,
    tape: Tape,
    session: Arc<AtomicBool>,
    #[cfg(feature = "tls")]
    connector: Arc<std::sync::OnceLock<std::result::Result<tokio_rustls::TlsConnector, String>>>,
}

impl Client {
    pub fn new(endpoint: Endpoint, tape: &Tape) -> Self {
        Self {
            endpoint: Arc::new(endpoint),
            last: Arc::default(),
            tape: tape.clone(),
            session: Arc::default(),
            #[cfg(feature = "tls")]
            connector: Arc::default(),
        }
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub fn last_trouble(&self) -> Option<String> {
        self.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// A better reason is known than that of the last request.
    pub fn forget_trouble(&self) {
        self.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }

    /// Whether the server has opened a session.
    pub fn has_session(&self) -> bool {
        self.session.load(Ordering::Relaxed)
    }

    async fn post(
        &self,
        message: &ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        custom: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse> {
        let mut headers = headers(session, custom)?;
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
        headers.insert(
            header::ACCEPT,
            HeaderValue::from_static("application/json, text/event-stream"),
        );
        let body = serde_json::to_vec(message)?;
        self.tape.sent(message);
        let response = self
            .exchange(Method::POST, headers, body)
            .await
            .map_err(StreamableHttpError::Client)?;
        if response.headers().contains_key("mcp-session-id") {
            self.session.store(true, Ordering::Relaxed);
        }
        answer(message, response, &self.tape).await
    }

    async fn events(
        &self,
        session: Option<Arc<str>>,
        last_event: Option<String>,
        custom: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxStream<'static, std::result::Result<Sse, SseError>>> {
        let mut headers = headers(session, custom)?;
        headers.insert(header::ACCEPT, HeaderValue::from_static(EVENTS));
        if let Some(id) = last_event {
            let id = HeaderValue::try_from(id)
                .map_err(|_| trouble("sent an event id that is not a valid header value"))?;
            headers.insert("last-event-id", id);
        }
        let response = self
            .exchange(Method::GET, headers, Vec::new())
            .await
            .map_err(StreamableHttpError::Client)?;
        match response.status() {
            StatusCode::METHOD_NOT_ALLOWED => Err(StreamableHttpError::ServerDoesNotSupportSse),
            StatusCode::OK if is_type(&response, EVENTS) => Ok(stream(response, &self.tape)),
            _ => Err(trouble(refusal(&response))),
        }
    }
}

impl StreamableHttpClient for Client {
    type Error = Trouble;

    async fn post_message(
        &self,
        _: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        _: Option<String>,
        custom: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse> {
        let result = self.post(&message, session, custom).await;
        if let Err(error) = &result {
            let reason = text::shown(
                &error.to_string().replacen("Client error: ", "", 1),
                text::REASON,
            );
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
        }
        result
    }

    async fn delete_session(
        &self,
        _: Arc<str>,
        session: Arc<str>,
        _: Option<String>,
        custom: HashMap<HeaderName, HeaderValue>,
    ) -> Result<()> {
        let headers = headers(Some(session), custom)?;
        self.exchange(Method::DELETE, headers, Vec::new())
            .await
            .map_err(StreamableHttpError::Client)?;
        Ok(())
    }

    async fn get_stream(
        &self,
        _: Arc<str>,
        session: Option<Arc<str>>,
        last_event: Option<String>,
        _: Option<String>,
        custom: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxStream<'static, std::result::Result<Sse, SseError>>> {
        self.events(session, last_event, custom).await
    }
}

fn headers(
    session: Option<Arc<str>>,
    custom: HashMap<HeaderName, HeaderValue>,
) -> Result<HeaderMap> {
    let mut headers: HeaderMap = custom.into_iter().collect();
    if let Some(session) = session {
        let session = HeaderValue::from_str(&session)
            .map_err(|_| trouble("sent a session id that is not a valid header value"))?;
        headers.insert("mcp-session-id", session);
    }
    Ok(headers)
}

/// Turn a response to a POST into what the SDK expects.
async fn answer(
    message: &ClientJsonRpcMessage,
    response: Response<Incoming>,
    tape: &Tape,
) -> Result<StreamableHttpPostResponse> {
    let request = match message {
        ClientJsonRpcMessage::Request(request) => Some(request.id.clone()),
        _ => None,
    };
    let status = response.status();
    let session = response
        .headers()
        .get("mcp-session-id")
        .and_then(|id| id.to_str().ok())
        .map(str::to_owned);
    if matches!(status, StatusCode::ACCEPTED | StatusCode::NO_CONTENT) {
        return Ok(StreamableHttpPostResponse::Accepted);
    }
    if status.is_success() && request.is_none() {
        return Ok(StreamableHttpPostResponse::Accepted);
    }
    if status.is_success() && is_type(&response, EVENTS) {
        return Ok(StreamableHttpPostResponse::Sse(
            stream(response, tape),
            session,
        ));
    }
    let refusal = refusal(&response);
    let may_be_an_answer = !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    if !is_type(&response, JSON) || !may_be_an_answer {
        return Err(trouble(refusal));
    }
    let body = Limited::new(response.into_body(), MAX_LINE).collect().await;
    let body = body
        .map_err(|error| trouble(format!("its answer cannot be read: {error}")))?
        .to_bytes();
    let shown = || {
        let shown = text::shown_bytes(&body, text::LINE);
        format!("{refusal}, and its body is not a message: `{shown}`")
    };
    let mut parsed: Value = serde_json::from_slice(&body).map_err(|_| trouble(shown()))?;
    let is_error = parsed.get("error").is_some();
    if !status.is_success() && !is_error {
        return Err(trouble(refusal));
    }
    // A refusal from outside the handler cannot know the id; it still answers this request.
    if !status.is_success()
        && let (Some(id), Some(object)) = (request, parsed.as_object_mut())
    {
        object.insert("id".to_owned(), serde_json::to_value(id)?);
    }
    let message = tape
        .pass(parsed)
        .map_err(|reason| trouble(format!("{}: {reason}", shown())))?;
    Ok(StreamableHttpPostResponse::Json(message, session))
}

/// `HTTP 401 Unauthorized (Bearer …)`, with what explains it.
fn refusal(response: &Response<Incoming>) -> String {
    let status = response.status();
    let value = |name: HeaderName| {
        response
            .headers()
            .get(name)
            .map(|value| text::shown_bytes(value.as_bytes(), text::LINE))
    };
    if status.is_redirection() {
        let to = value(header::LOCATION).unwrap_or_default();
        return format!("HTTP {status}: a redirect to `{to}`, which is not followed");
    }
    if let Some(challenge) = value(header::WWW_AUTHENTICATE) {
        return format!(
            "HTTP {status} (`WWW-Authenticate: {challenge}`); pass credentials with `--header`"
        );
    }
    if status == StatusCode::UNAUTHORIZED {
        return format!("HTTP {status}; pass credentials with `--header`");
    }
    match value(header::CONTENT_TYPE) {
        Some(kind) => format!("HTTP {status} with content type `{kind}`"),
        None => format!("HTTP {status} without a content type"),
    }
}

fn is_type(response: &Response<Incoming>, kind: &str) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| {
            value
                .as_bytes()
                .get(..kind.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(kind.as_bytes()))
        })
}

/// Its events, as many as fit the bound for one answer; the messages in them pass over the tape.
fn stream(
    response: Response<Incoming>,
    tape: &Tape,
) -> BoxStream<'static, std::result::Result<Sse, SseError>> {
    let body = Limited::new(response.into_body(), MAX_LINE).map_err(io::Error::other);
    let tape = tape.clone();
    let events = SseStream::new(body).map_ok(move |mut event| {
        let passed = event
            .data
            .as_deref()
            .and_then(|data| serde_json::from_str(data).ok())
            .and_then(|value| tape.pass(value).ok())
            .and_then(|message| serde_json::to_string(&message).ok());
        event.data = passed.or(event.data);
        event
    });
    Box::pin(events)
}
