//! Bearer tokens: who may send requests.

use std::env::{self, VarError};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::caller::Caller;
use super::refusals::{Presented, Refusals};
use super::settings::HttpSettings;
use crate::error::ConfigError;

const VARIABLE: &str = "MCP_AUTH_TOKENS";

/// A shorter token could be guessed.
const MIN_LENGTH: usize = 16;

/// Answers to a request without a token, and to one whose token is not known.
const NO_TOKEN: &str = r#"Bearer realm="mcp""#;
const UNKNOWN_TOKEN: &str = r#"Bearer realm="mcp", error="invalid_token""#;

/// The callers that are let in: none, unless `MCP_AUTH_TOKENS` says so.
#[derive(Debug, Clone, Default)]
pub struct Tokens(Arc<[Caller]>);

impl Tokens {
    pub(super) fn from_environment() -> Result<Self, ConfigError> {
        let tokens = match env::var(VARIABLE) {
            Ok(text) => Self::parse(&text),
            Err(VarError::NotUnicode(_)) => Err("the value is not valid UTF-8".to_owned()),
            Err(VarError::NotPresent) => Err("not set, and clients need a token".to_owned()),
        };
        tokens.map_err(|error| ConfigError(format!("{VARIABLE}: {error}")))
    }

    /// Tokens with commas between them. No message repeats any of the text.
    fn parse(text: &str) -> Result<Self, String> {
        let mut callers = Vec::new();
        for (token, number) in text.split(',').map(str::trim).zip(1..) {
            if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(format!(
                    "token {number} has characters other than visible ASCII"
                ));
            }
            if token.len() < MIN_LENGTH {
                return Err(format!(
                    "token {number} has fewer than {MIN_LENGTH} characters"
                ));
            }
            let caller = Caller::with(token);
            if callers.contains(&caller) {
                return Err(format!("token {number} is there twice"));
            }
            callers.push(caller);
        }
        Ok(Self(callers.into()))
    }

    /// The one who sent these headers, or the challenge to answer with.
    fn caller(&self, headers: &HeaderMap) -> Result<Caller, &'static str> {
        let given = match Presented::by(headers) {
            Presented::Token(token) => Caller::with(token),
            Presented::Several => return Err(UNKNOWN_TOKEN),
            Presented::Nothing => return Err(NO_TOKEN),
        };
        // How long this takes says nothing of the tokens: whole hashes are compared, and all of them.
        let callers = self.0.iter();
        let known = callers.fold(false, |known, caller| known | caller.is(&given));
        if known { Ok(given) } else { Err(UNKNOWN_TOKEN) }
    }
}

/// Who is let in, and what the others are told.
#[derive(Debug, Clone)]
pub(super) struct Access {
    tokens: Tokens,
    refusals: Refusals,
}

impl Access {
    pub(super) fn new(settings: &HttpSettings) -> Self {
        Self {
            tokens: settings.tokens.clone().unwrap_or_default(),
            refusals: Refusals::new(settings),
        }
    }
}

/// Refuse a request with 401 unless its token is known. Handlers find the [`Caller`] in its extensions.
pub(super) async fn check(
    State(access): State<Access>,
    mut request: Request,
    next: Next,
) -> Response {
    match access.tokens.caller(request.headers()) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(challenge) => {
            let headers = [(header::WWW_AUTHENTICATE, challenge)];
            let answer = (StatusCode::UNAUTHORIZED, headers, "a token is needed\n");
            let client = access.refusals.client(&request);
            let why = "there is no token that is known";
            access.refusals.answer(client, why, answer.into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "first-token-of-a-test";
    const SECOND: &str = "second-token-of-a-test";

    #[test]
    fn several_tokens_are_read_and_never_shown() {
        let tokens = Tokens::parse(&format!("{FIRST}, {SECOND}")).unwrap();
        assert_eq!(*tokens.0, [Caller::with(FIRST), Caller::with(SECOND)]);
        let shown = format!("{tokens:?}");
        assert_eq!(shown, "Tokens([7281c8b6, 05757b1d])");
    }

    #[test]
    fn tokens_that_are_no_secret_are_refused() {
        for (text, reason) in [
            ("", "token 1 has fewer"),
            ("fifteen-letters", "token 1 has fewer"),
            (
                "first-token-of-a-test,second-token-of-a-test,",
                "token 3 has fewer",
            ),
            (",first-token-of-a-test", "token 1 has fewer"),
            ("first-token of-a-test", "token 1 has characters"),
            ("first-token-of-a-tést", "token 1 has characters"),
            (
                "first-token-of-a-test,first-token-of-a-test",
                "token 2 is there twice",
            ),
        ] {
            let error = Tokens::parse(text).unwrap_err();
            assert!(error.starts_with(reason), "{text}: {error}");
            assert!(!error.contains("of-a"), "{error}");
        }
    }

    #[test]
    fn without_tokens_nobody_is_let_in() {
        let mut headers = HeaderMap::new();
        assert_eq!(Tokens::default().caller(&headers), Err(NO_TOKEN));
        let value = format!("Bearer {FIRST}").parse().unwrap();
        headers.insert(header::AUTHORIZATION, value);
        assert_eq!(Tokens::default().caller(&headers), Err(UNKNOWN_TOKEN));
    }
}
