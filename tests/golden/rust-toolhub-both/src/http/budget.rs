//! How many requests somebody may send. Each costs a share of a minute, and one may
//! be a minute ahead of the clock.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::peer::{Client, Proxies};

const MINUTE: Duration = Duration::from_secs(60);

/// How many accounts are kept: those of the callers who came last.
const CAPACITY: usize = 20_000;

/// Clones share the same accounts.
#[derive(Debug)]
pub(super) struct Budget<K> {
    /// What a request costs, if it costs anything.
    cost: Option<Duration>,
    accounts: Arc<Mutex<Accounts<K>>>,
}

/// Until when each has spent its time. When `recent` holds half of what may be kept it
/// becomes `older`, and what `older` was is forgotten.
#[derive(Debug)]
struct Accounts<K> {
    recent: HashMap<K, Instant>,
    older: HashMap<K, Instant>,
}

impl<K: Eq + Hash> Budget<K> {
    /// `per_minute` requests for each, or any number if that is 0.
    pub(super) fn new(per_minute: u32) -> Self {
        let accounts = Accounts {
            recent: HashMap::new(),
            older: HashMap::new(),
        };
        Self {
            cost: MINUTE.checked_div(per_minute),
            accounts: Arc::new(Mutex::new(accounts)),
        }
    }

    /// Pay for a request, or say how long to wait until that is possible.
    pub(super) fn pay(&self, who: K, now: Instant) -> Result<(), Duration> {
        let Some(cost) = self.cost else {
            return Ok(());
        };
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let until = accounts.until(who, now);
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

impl<K> Clone for Budget<K> {
    fn clone(&self) -> Self {
        Self {
            cost: self.cost,
            accounts: Arc::clone(&self.accounts),
        }
    }
}

impl<K: Eq + Hash> Accounts<K> {
    fn until(&mut self, who: K, now: Instant) -> &mut Instant {
        let known = self.older.remove(&who);
        if self.recent.len() >= CAPACITY / 2 && !self.recent.contains_key(&who) {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.entry(who).or_insert(known.unwrap_or(now))
    }
}

/// Refuse a request with 429 when its address has sent too many. This machine's own programs
/// may send any number.
pub(super) async fn limit(
    State((budget, proxies)): State<(Budget<Client>, Proxies)>,
    request: Request,
    next: Next,
) -> Response {
    let client = Client::of(&request, &proxies);
    if client.0.is_loopback() {
        return next.run(request).await;
    }
    match budget.pay(client, Instant::now()) {
        Ok(()) => next.run(request).await,
        Err(wait) => {
            tracing::warn!(%client, "request refused: too many in a minute");
            refusal(wait)
        }
    }
}

/// The answer to somebody whose budget is spent.
pub(super) fn refusal(wait: Duration) -> Response {
    let seconds = wait.as_secs() + 1;
    let headers = [(header::RETRY_AFTER, seconds.to_string())];
    (
        StatusCode::TOO_MANY_REQUESTS,
        headers,
        "too many requests\n",
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_s_requests_may_come_at_once_and_then_one_at_a_time() {
        let budget = Budget::new(60);
        let start = Instant::now();
        for _ in 0..60 {
            assert_eq!(budget.pay("one", start), Ok(()));
        }
        let second = Duration::from_secs(1);
        assert_eq!(budget.pay("one", start), Err(second));
        assert_eq!(budget.pay("other", start), Ok(()));
        assert_eq!(budget.pay("one", start + second), Ok(()));
        assert_eq!(budget.pay("one", start + second), Err(second));

        let rested = start + 10 * MINUTE;
        for _ in 0..60 {
            assert_eq!(budget.pay("one", rested), Ok(()));
        }
        assert_eq!(budget.pay("one", rested), Err(second));
    }

    #[test]
    fn zero_is_no_limit() {
        let budget = Budget::new(0);
        let now = Instant::now();
        for _ in 0..10_000 {
            assert_eq!(budget.pay("one", now), Ok(()));
        }
        assert!(budget.accounts.lock().unwrap().recent.is_empty());
    }

    #[test]
    fn however_many_come_the_memory_is_bounded_and_the_last_are_remembered() {
        let budget = Budget::new(1);
        let now = Instant::now();
        for client in 0..10 * CAPACITY {
            assert_eq!(budget.pay(client, now), Ok(()));
        }
        assert_eq!(budget.pay(10 * CAPACITY - 1, now), Err(MINUTE));
        assert_eq!(budget.pay(10 * CAPACITY - CAPACITY / 2, now), Err(MINUTE));
        let accounts = budget.accounts.lock().unwrap();
        assert!(accounts.recent.len() + accounts.older.len() <= CAPACITY);
    }
}
