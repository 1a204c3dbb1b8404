//! Streams end with the token that opened them.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::time::Sleep;

/// When the token of a request expires.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Remaining(pub(super) Duration);

/// End a response when its token expires, but leave a call the time that any call has: for its body, and for its answer.
pub(in crate::http) async fn cut(
    State(call): State<Duration>,
    Extension(Remaining(remaining)): Extension<Remaining>,
    request: Request,
    next: Next,
) -> Response {
    let end = tokio::time::sleep(remaining.max(2 * call));
    next.run(request).await.map(|body| {
        Body::new(Bounded {
            body,
            end: Box::pin(end),
        })
    })
}

struct Bounded {
    body: Body,
    end: Pin<Box<Sleep>>,
}

impl HttpBody for Bounded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_pending() && self.end.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
