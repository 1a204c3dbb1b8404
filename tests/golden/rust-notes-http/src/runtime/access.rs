//! Bearer tokens: who may send requests.

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use crate::runtime::guard::{self, Caller};
use crate::runtime::http::HttpSettings;

/// A shorter token could be guessed.
const MIN_LENGTH: usize = 16;

/// The SHA-256 of each token in `MCP_AUTH_TOKENS`, which has no flag: other users of the machine could see it.
pub struct Access(Vec<[u8; 32]>);

impl Access {
    pub fn new(_settings: &HttpSettings) -> Result<Self, String> {
        let text = std::env::var("MCP_AUTH_TOKENS").unwrap_or_default();
        let tokens: Vec<&str> = text.split(',').map(str::trim).collect();
        let secret = |token: &str| {
            token.len() >= MIN_LENGTH && token.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if !tokens.iter().all(|token| secret(token)) {
            return Err(format!(
                "MCP_AUTH_TOKENS: each token needs at least {MIN_LENGTH} visible ASCII characters"
            ));
        }
        let hashes = tokens.into_iter().map(|token| Sha256::digest(token).into());
        Ok(Self(hashes.collect()))
    }

    /// Who sent a request, or the answer to one without a valid token.
    pub async fn caller(&self, request: &mut Request) -> Result<Caller, Response> {
        let Some(token) = guard::token(request.headers()) else {
            return Err(challenge("Bearer"));
        };
        let hash: [u8; 32] = Sha256::digest(token).into();
        // All hashes are compared, so that the time says nothing of the tokens.
        let mut known = Choice::from(0);
        for own in &self.0 {
            known |= own.ct_eq(&hash);
        }
        if !bool::from(known) {
            return Err(challenge(r#"Bearer error="invalid_token""#));
        }
        let [a, b, c, d, ..] = hash;
        Ok(Caller(format!("{a:02x}{b:02x}{c:02x}{d:02x}").into()))
    }
}

fn challenge(text: &'static str) -> Response {
    let headers = [(header::WWW_AUTHENTICATE, text)];
    (StatusCode::UNAUTHORIZED, headers).into_response()
}
