//! How many requests a caller may send. Each costs a share of a minute, and a
//! caller may be one minute ahead of the clock.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::Mutex;

use super::bearer::Caller;

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone)]
pub(super) struct Budget {
    /// What a request costs, if it costs anything.
    cost: Option<Duration>,
    /// Until when each caller has spent its time: an entry for each token, at most.
    spent: Arc<Mutex<HashMap<Caller, Instant>>>,
}

impl Budget {
    /// `per_minute` requests for each caller, or any number if that is 0.
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            cost: MINUTE.checked_div(per_minute),
            spent: Arc::default(),
        }
    }

    /// Pay for a request, or say how long to wait until that is possible.
    async fn pay(&self, caller: Caller, now: Instant) -> Result<(), Duration> {
        let Some(cost) = self.cost else {
            return Ok(());
        };
        let mut spent = self.spent.lock().await;
        let until = spent.entry(caller).or_insert(now);
        let next = now.max(*until) + cost;
        let wait = next.duration_since(now).saturating_sub(MINUTE);
        if wait.is_zero() {
            *until = next;
            Ok(())
        } else {
            Err(wait)
        }
    }
}

/// Refuse a request with 429 when its caller has sent too many.
pub(super) async fn limit(
    State(budget): State<Budget>,
    Extension(caller): Extension<Caller>,
    request: Request,
    next: Next,
) -> Response {
    match budget.pay(caller, Instant::now()).await {
        Ok(()) => next.run(request).await,
        Err(wait) => {
            tracing::warn!(%caller, "request refused: too many in a minute");
            let seconds = wait.as_secs() + 1;
            let headers = [(header::RETRY_AFTER, seconds.to_string())];
            (StatusCode::TOO_MANY_REQUESTS, headers, "too many requests").into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_minute_s_requests_may_come_at_once_and_then_one_at_a_time() {
        let [one, other] = ["one", "other"].map(Caller::with);
        let budget = Budget::new(60);
        let start = Instant::now();
        for _ in 0..60 {
            assert_eq!(budget.pay(one, start).await, Ok(()));
        }
        let second = Duration::from_secs(1);
        assert_eq!(budget.pay(one, start).await, Err(second));
        assert_eq!(budget.pay(other, start).await, Ok(()));
        assert_eq!(budget.pay(one, start + second).await, Ok(()));
        assert_eq!(budget.pay(one, start + second).await, Err(second));

        let rested = start + 10 * MINUTE;
        for _ in 0..60 {
            assert_eq!(budget.pay(one, rested).await, Ok(()));
        }
        assert_eq!(budget.pay(one, rested).await, Err(second));
    }

    #[tokio::test]
    async fn zero_is_no_limit() {
        let caller = Caller::with("one");
        let budget = Budget::new(0);
        let now = Instant::now();
        for _ in 0..10_000 {
            assert_eq!(budget.pay(caller, now).await, Ok(()));
        }
        assert!(budget.spent.lock().await.is_empty());
    }
}
