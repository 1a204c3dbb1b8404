//! Answers that tell a client how to get a token that will do (RFC 6750, RFC 9728).

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::keys::PAUSE;
use super::scopes::Scopes;
use super::settings::Resource;
use super::token::TokenError;

/// What every challenge says.
#[derive(Debug)]
pub(super) struct Challenge {
    metadata_url: String,
    base: Scopes,
}

impl Challenge {
    pub(super) fn new(resource: &Resource, base: Scopes) -> Self {
        Self {
            metadata_url: resource.metadata_url(),
            base,
        }
    }

    /// For a request without a token that is good.
    pub(super) fn refusal(&self, error: &TokenError) -> Response {
        match error {
            TokenError::Missing => self.answer(StatusCode::UNAUTHORIZED, "", &self.base),
            TokenError::Invalid(why) => {
                let error = format!(r#"error="invalid_token", error_description="{why}", "#);
                self.answer(StatusCode::UNAUTHORIZED, &error, &self.base)
            }
            TokenError::Unavailable => {
                let headers = [(header::RETRY_AFTER, PAUSE.as_secs().to_string())];
                let text = "tokens cannot be checked now\n";
                (StatusCode::SERVICE_UNAVAILABLE, headers, text).into_response()
            }
        }
    }

    /// For a request whose token is good for less: all the scopes that this one needs.
    pub(super) fn insufficient_scope(&self, needed: &Scopes) -> Response {
        let error = r#"error="insufficient_scope", "#;
        self.answer(StatusCode::FORBIDDEN, error, needed)
    }

    fn answer(&self, status: StatusCode, error: &str, scopes: &Scopes) -> Response {
        let metadata = &self.metadata_url;
        let challenge = if scopes.is_empty() {
            format!(r#"Bearer {error}resource_metadata="{metadata}""#)
        } else {
            format!(r#"Bearer {error}resource_metadata="{metadata}", scope="{scopes}""#)
        };
        let headers = [(header::WWW_AUTHENTICATE, challenge)];
        let text = match status {
            StatusCode::FORBIDDEN => "the token lacks a scope\n",
            _ => "a token is needed\n",
        };
        (status, headers, text).into_response()
    }
}
