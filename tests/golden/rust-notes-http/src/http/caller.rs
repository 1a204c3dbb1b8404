//! Who sent a request, as far as its token tells.

use std::fmt;

use axum::http::request;
use rmcp::RoleServer;
use rmcp::service::RequestContext;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Who sent a request: the SHA-256 of its token. Only the first eight digits are ever shown.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Caller([u8; 32]);

impl Caller {
    /// Who sent the request that a handler answers; nobody that is known unless it came over HTTP.
    #[must_use]
    pub fn of(context: &RequestContext<RoleServer>) -> Option<Self> {
        let parts = context.extensions.get::<request::Parts>()?;
        parts.extensions.get().cloned()
    }

    pub(super) fn with(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Compare in a time that says nothing of either.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(formatter, "{a:02x}{b:02x}{c:02x}{d:02x}")
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
