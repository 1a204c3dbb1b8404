//! Who sent a request, as the authorization server names them.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use axum::http::request::Parts;
use rmcp::RoleServer;
use rmcp::service::RequestContext;

/// How much of a name a log line shows.
const SHOWN: usize = 64;

/// A subject is only known at its issuer, and acts through a client.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Caller(Arc<Identity>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Identity {
    issuer: String,
    subject: String,
    client: Option<String>,
}

impl Caller {
    /// Who sent the request that a handler answers; nobody that is known unless it came over HTTP.
    #[must_use]
    pub fn of(context: &RequestContext<RoleServer>) -> Option<Self> {
        context.extensions.get::<Parts>()?.extensions.get().cloned()
    }

    pub(super) fn new(issuer: String, subject: String, client: Option<String>) -> Self {
        Self(Arc::new(Identity {
            issuer,
            subject,
            client,
        }))
    }

    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The client that the subject uses, if the token says so.
    #[must_use]
    pub fn client(&self) -> Option<&str> {
        self.0.client.as_deref()
    }
}

/// Subject, issuer and client, one word each, so that no name can pass for another part of the line.
impl fmt::Display for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        word(self.subject(), formatter)?;
        formatter.write_char(' ')?;
        word(self.issuer(), formatter)?;
        if let Some(client) = self.client() {
            formatter.write_char(' ')?;
            word(client, formatter)?;
        }
        Ok(())
    }
}

fn word(text: &str, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    for character in text.chars().take(SHOWN) {
        if character.is_ascii_graphic() {
            formatter.write_char(character)?;
        } else {
            write!(formatter, "{}", character.escape_unicode())?;
        }
    }
    if text.chars().nth(SHOWN).is_some() {
        formatter.write_str("...")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_word_of_one_line() {
        let name = "a b\n\u{1b}[31m\u{e9}".to_owned();
        let caller = Caller::new("https://a.example".to_owned(), name, Some("x".repeat(65)));
        assert_eq!(
            caller.to_string(),
            format!(
                r"a\u{{20}}b\u{{a}}\u{{1b}}[31m\u{{e9}} https://a.example {}...",
                "x".repeat(64)
            )
        );
    }
}
