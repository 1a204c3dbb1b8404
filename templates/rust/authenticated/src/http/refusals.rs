//! Answers to those who are not let in.

use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use super::budget::{self, Budget};
use super::peer::{Client, Proxies};
use super::settings::HttpSettings;

/// Counts refusals by address. A token that is good is let in from anywhere, however many
/// bad ones came from there: otherwise one client behind a proxy could lock out the others.
#[derive(Debug, Clone)]
pub(super) struct Refusals {
    budget: Budget<Client>,
    proxies: Proxies,
}

impl Refusals {
    pub(super) fn new(settings: &HttpSettings) -> Self {
        Self {
            budget: Budget::new(settings.rate_limit_per_minute),
            proxies: Proxies::new(&settings.trusted_proxies),
        }
    }

    pub(super) fn client(&self, request: &Request) -> Client {
        Client::of(request, &self.proxies)
    }

    /// `answer`, and a line in the log; or 429 for a client that has had too many.
    pub(super) fn answer(&self, client: Client, why: &str, answer: Response) -> Response {
        match self.budget.pay(client, Instant::now()) {
            Ok(()) => {
                tracing::warn!(%client, why, "request refused");
                answer
            }
            Err(wait) => budget::refusal(wait),
        }
    }
}

/// The token in the headers of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Presented<'a> {
    Nothing,
    Token(&'a str),
    /// Which of them counts would be a guess.
    Several,
}

impl<'a> Presented<'a> {
    pub(super) fn by(headers: &'a HeaderMap) -> Self {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        match (values.next().and_then(bearer), values.next()) {
            (None, _) => Self::Nothing,
            (Some(token), None) => Self::Token(token),
            (Some(_), Some(_)) => Self::Several,
        }
    }
}

fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("Bearer")
        .then(|| token.trim_start_matches(' '))
}
