//! Where a server over HTTP is, and the headers it needs; parses and refuses what the user typed about it.

use std::path::PathBuf;

use http::{HeaderName, HeaderValue, Uri};

use crate::error::Failure;

/// Extra request headers; values are never shown.
#[derive(Debug, Clone, Default)]
pub struct Headers(pub(super) Vec<(HeaderName, HeaderValue)>);

impl Headers {
    /// Parse `Name: value` lines.
    ///
    /// # Errors
    ///
    /// A usage failure for a line that is not a header, or one that the protocol itself sets.
    pub fn parse<S: AsRef<str>>(lines: &[S]) -> Result<Self, Failure> {
        lines
            .iter()
            .map(|line| header(line.as_ref()))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether there is a header of that name, in any case.
    #[must_use]
    pub fn names(&self, name: &str) -> bool {
        let mut names = self.0.iter().map(|(name, _)| name.as_str());
        names.any(|known| known.eq_ignore_ascii_case(name))
    }

    /// These, and those of `more` after them.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }
}

fn header(line: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    let hint = "write it as `--header 'Authorization: Bearer TOKEN'`";
    // The value may be a secret, so no message repeats it.
    let Some((name, value)) = line.split_once(':') else {
        return Err(Failure::usage("`--header` needs a name, a colon and a value").hint(hint));
    };
    let name = HeaderName::from_bytes(name.trim().as_bytes())
        .map_err(|_| Failure::usage("`--header` has a name that HTTP does not allow").hint(hint))?;
    let mut value = HeaderValue::from_str(value.trim()).map_err(|_| {
        Failure::usage(format!(
            "`--header {name}` has a value that HTTP does not allow"
        ))
        .hint(hint)
    })?;
    if is_reserved(name.as_str()) {
        return Err(Failure::usage(format!(
            "`--header {name}` is set by the protocol itself"
        )));
    }
    value.set_sensitive(true);
    Ok((name, value))
}

fn is_reserved(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "accept",
        "connection",
        "content-length",
        "content-type",
        "host",
        "last-event-id",
        "te",
        "transfer-encoding",
        "upgrade",
    ];
    NAMES.contains(&name) || name.starts_with("mcp-")
}

/// An address of a server over HTTP.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Whether it is `https://`.
    pub(super) secure: bool,
    /// Who may certify the server, if not those whom the system trusts.
    pub(super) ca: Option<PathBuf>,
    pub(super) host: String,
    pub(super) port: u16,
    /// Path and query, as sent in the request line.
    pub(super) path: String,
    pub(super) headers: Headers,
}

impl Endpoint {
    /// Parse the address of a running server.
    ///
    /// # Errors
    ///
    /// A usage failure for anything but HTTP without credentials in the address.
    pub fn parse(url: &str, headers: Headers) -> Result<Self, Failure> {
        let hint = "write it as `--url http://127.0.0.1:8000/mcp`";
        let uri: Uri = url
            .parse()
            .map_err(|_| Failure::usage("`--url` is not an address").hint(hint))?;
        let secure = uri.scheme_str() == Some("https");
        if secure && cfg!(not(feature = "tls")) {
            let message = "`https://` cannot be checked: this program was built without TLS";
            return Err(Failure::usage(message)
                .hint("check the server on a local port that speaks plain `http://`"));
        }
        let (Some("http" | "https"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            let message = "`--url` must start with `http://` or `https://`";
            return Err(Failure::usage(message).hint(hint));
        };
        if authority.as_str().contains('@') {
            return Err(
                Failure::usage("`--url` must not carry a user name or password")
                    .hint("pass credentials with `--header 'Authorization: …'`"),
            );
        }
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']');
        // A port that is no number makes the address parse as if it had none.
        let has_bad_port = authority.as_str() != authority.host() && authority.port_u16().is_none();
        if host.is_empty() || has_bad_port {
            return Err(Failure::usage("`--url` has no usable host and port").hint(hint));
        }
        let usual = if secure { 443 } else { 80 };
        Ok(Self {
            secure,
            ca: None,
            host: host.to_owned(),
            port: authority.port_u16().unwrap_or(usual),
            path: uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
            headers,
        })
    }

    pub(super) fn loopback(port: u16, path: &str, headers: Headers) -> Self {
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        Self {
            secure: false,
            ca: None,
            host: "127.0.0.1".to_owned(),
            port,
            path,
            headers,
        }
    }

    /// The same, certified by the roots in this file.
    #[must_use]
    pub fn certified_by(self, ca: Option<PathBuf>) -> Self {
        Self { ca, ..self }
    }

    /// The path that a redirect leads to, if it stays here.
    pub(super) fn on_this_origin(&self, location: &str) -> Option<String> {
        if location.starts_with('/') && !location.starts_with("//") {
            return Some(location.to_owned());
        }
        let there = Self::parse(location, Headers::default()).ok()?;
        let is_here =
            (there.secure, &there.host, there.port) == (self.secure, &self.host, self.port);
        is_here.then_some(there.path)
    }

    /// Whether the server is on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        let address = self.host.parse::<std::net::IpAddr>();
        self.host == "localhost" || address.is_ok_and(|it| it.is_loopback())
    }

    /// The `Host` header; an IPv6 address needs its brackets back.
    pub(super) fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str) -> Result<Endpoint, String> {
        Endpoint::parse(url, Headers::default()).map_err(|failure| failure.message().to_owned())
    }

    #[test]
    fn plain_http_addresses_are_understood() {
        let address = endpoint("http://127.0.0.1:8000/mcp?x=1").unwrap();
        assert_eq!(address.authority(), "127.0.0.1:8000");
        assert_eq!(address.path, "/mcp?x=1");
        assert_eq!(endpoint("http://[::1]:9/").unwrap().authority(), "[::1]:9");
        assert_eq!(
            endpoint("http://localhost").unwrap().authority(),
            "localhost:80"
        );
    }

    #[cfg(feature = "tls")]
    #[test]
    fn a_redirect_is_followed_only_on_the_same_origin() {
        let here = endpoint("https://example.com/mcp").unwrap();
        assert_eq!(here.authority(), "example.com:443");
        let to = |location| here.on_this_origin(location);
        assert_eq!(to("/mcp/").as_deref(), Some("/mcp/"));
        assert_eq!(to("https://example.com/x?y").as_deref(), Some("/x?y"));
        for other in [
            "http://example.com/mcp",
            "https://example.com:444/mcp",
            "https://example.org/mcp",
            "//example.org/mcp",
            "nonsense",
        ] {
            assert_eq!(to(other), None, "{other}");
        }
    }

    #[test]
    fn addresses_that_cannot_work_are_refused_with_the_reason() {
        assert!(
            endpoint("http://user:secret@host/mcp")
                .unwrap_err()
                .contains("password")
        );
        for bad in [
            "",
            "mcp",
            "ftp://host/",
            "http://",
            "http://host:99999/",
            "127.0.0.1:8000/mcp",
            "http://a b/",
        ] {
            assert!(endpoint(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn headers_are_validated_and_never_repeat_their_value() {
        assert_eq!(
            Headers::parse(&["Authorization: Bearer x"])
                .unwrap()
                .0
                .len(),
            1
        );
        for bad in [
            "secret",
            "Na me: secret",
            "X: sec\u{7}ret",
            "Host: secret",
            "Mcp-Session-Id: secret",
        ] {
            let message = Headers::parse(&[bad]).unwrap_err().to_string();
            assert!(!message.contains("sec"), "{message}");
        }
    }
}
