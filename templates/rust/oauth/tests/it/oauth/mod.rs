//! Tokens of an authorization server over HTTP: who gets in, as whom, and for what.

mod issuer;
mod keys;
mod scopes;
mod sessions;
mod settings;
mod tokens;

use std::sync::LazyLock;

use issuer::{Issuer, Key, RESOURCE};

/// The one that the server trusts where a test says nothing else.
static ISSUER: LazyLock<Issuer> = LazyLock::new(|| Issuer::start(Key::ec("shared")));

/// A token that every request of these tests may show.
static TOKEN: LazyLock<String> = LazyLock::new(|| ISSUER.token());

pub fn token() -> &'static str {
    &TOKEN
}

/// What a server needs to take that token.
pub fn environment() -> [(&'static str, String); 2] {
    [
        ("MCP_OAUTH_ISSUER", ISSUER.url()),
        ("MCP_OAUTH_RESOURCE", RESOURCE.to_owned()),
    ]
}

fn bearer(token: &str) -> String {
    format!("authorization: Bearer {token}")
}

/// A request that any token may send.
const LIST: &str = r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#;
