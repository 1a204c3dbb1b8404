//! Bounds on one request: its time, its client's patience, its own mistakes, and how much is told of it.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::error::AppError;

/// How much is told of a text that a client made up, in bytes.
const MAX_TOLD: usize = 128;

/// Run `work` until it is done, `limit` has passed or the client has cancelled it.
/// A panic becomes an error, since a request that dies in silence is never answered.
///
/// # Errors
///
/// Fails when `work` did not come to its end.
pub async fn run<T>(
    limit: Duration,
    cancelled: CancellationToken,
    work: impl Future<Output = T>,
) -> Result<T, AppError> {
    let mut work = pin!(work);
    let work =
        poll_fn(
            |context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
                Ok(poll) => poll.map(Ok),
                Err(_) => Poll::Ready(Err(AppError::internal("a handler panicked"))),
            },
        );
    tokio::select! {
        biased;
        () = cancelled.cancelled() => Err(AppError::Cancelled),
        done = tokio::time::timeout(limit, work) => {
            done.unwrap_or(Err(AppError::TimedOut(limit)))
        }
    }
}

/// The start of a text, if it is long.
#[must_use]
pub fn clipped(text: &str) -> &str {
    match text.char_indices().find(|(at, _)| *at >= MAX_TOLD) {
        Some((at, _)) => &text[..at],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn work_ends_in_time_or_with_an_error() {
        let token = CancellationToken::new();
        let done = run(LONG, token.clone(), async { 7 }).await;
        assert_eq!(done.unwrap(), 7);

        let slow = run(SHORT, token.clone(), std::future::pending::<()>()).await;
        assert!(matches!(slow, Err(AppError::TimedOut(_))));

        let broken = run(LONG, token.clone(), async { panic!("a mistake") }).await;
        assert!(matches!(broken, Err::<(), _>(AppError::Internal(_))));

        token.cancel();
        let cancelled = run(LONG, token, std::future::pending::<()>()).await;
        assert!(matches!(cancelled, Err(AppError::Cancelled)));
    }

    #[test]
    fn a_long_text_is_clipped_between_two_characters() {
        assert_eq!(clipped("short"), "short");
        assert_eq!(clipped(&"é".repeat(100)), "é".repeat(64));
        let odd = format!("a{}", "é".repeat(100));
        assert_eq!(clipped(&odd).len(), 129);
    }
}
