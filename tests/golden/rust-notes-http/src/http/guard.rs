//! Which `Host` and `Origin` headers are let in. `Host` stops DNS rebinding,
//! `Origin` stops foreign web pages; clients other than browsers send none.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::{Authority, Uri};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::settings::HttpSettings;

#[derive(Debug)]
pub struct Guard {
    hosts: Vec<AllowedHost>,
    origins: Vec<AllowedOrigin>,
}

impl Guard {
    #[must_use]
    pub fn new(settings: &HttpSettings) -> Self {
        Self {
            hosts: settings.allowed_hosts.clone(),
            origins: settings.allowed_origins.clone(),
        }
    }

    /// The header that is not allowed.
    fn objection(&self, headers: &HeaderMap) -> Option<&'static str> {
        let allowed = |host| self.hosts.iter().any(|it| it.matches(&host));
        if !single(headers, header::HOST).is_some_and(allowed) {
            return Some("Host");
        }
        let allowed = |origin| self.origins.iter().any(|it| it.matches(&origin));
        if headers.contains_key(header::ORIGIN)
            && !single(headers, header::ORIGIN).is_some_and(allowed)
        {
            return Some("Origin");
        }
        None
    }
}

/// The value of a header that occurs exactly once.
fn single<T: FromStr>(headers: &HeaderMap, name: HeaderName) -> Option<T> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?.parse().ok()?;
    values.next().is_none().then_some(value)
}

/// Refuse a request with 403 unless both headers are allowed.
pub(super) async fn check(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    match guard.objection(request.headers()) {
        None => next.run(request).await,
        Some(header) => {
            tracing::warn!(header, "request refused: the header is not allowed");
            let text = format!("the {header} header is not allowed\n");
            (StatusCode::FORBIDDEN, text).into_response()
        }
    }
}

/// A host with its port, or with any port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHost {
    name: String,
    port: Option<u16>,
}

impl AllowedHost {
    fn matches(&self, host: &Self) -> bool {
        host.name == self.name && (self.port.is_none() || host.port == self.port)
    }
}

impl FromStr for AllowedHost {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let authority = Authority::from_str(text).map_err(|_| HOST_FORM)?;
        if text.contains(['@', '*']) || authority.host().is_empty() {
            return Err(HOST_FORM);
        }
        let port = match text[authority.host().len()..].strip_prefix(':') {
            Some(port) => Some(port.parse().map_err(|_| HOST_FORM)?),
            None => None,
        };
        Ok(Self {
            name: authority.host().to_ascii_lowercase(),
            port,
        })
    }
}

const HOST_FORM: &str = "expected a host such as `mcp.example.com` or `[::1]:8000`";

/// An origin with its port, or with any port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedOrigin {
    scheme: String,
    host: AllowedHost,
    any_port: bool,
}

impl AllowedOrigin {
    fn matches(&self, origin: &Self) -> bool {
        origin.scheme == self.scheme
            && origin.host.name == self.host.name
            && (self.any_port || origin.host.port == self.host.port)
    }
}

impl FromStr for AllowedOrigin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (text, any_port) = match text.strip_suffix(":*") {
            Some(text) => (text, true),
            None => (text, false),
        };
        let uri = Uri::from_str(text).map_err(|_| ORIGIN_FORM)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(ORIGIN_FORM);
        };
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(ORIGIN_FORM);
        }
        let mut host = AllowedHost::from_str(authority.as_str()).map_err(|_| ORIGIN_FORM)?;
        host.port = host.port.or(match scheme {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        });
        Ok(Self {
            scheme: scheme.to_ascii_lowercase(),
            host,
            any_port,
        })
    }
}

const ORIGIN_FORM: &str =
    "expected an origin such as `https://app.example.com` or `http://localhost:*`";

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(hosts: &[&str], origins: &[&str]) -> Guard {
        Guard {
            hosts: hosts.iter().map(|it| it.parse().unwrap()).collect(),
            origins: origins.iter().map(|it| it.parse().unwrap()).collect(),
        }
    }

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_allowed_hosts_get_in() {
        let guard = guard(&["localhost", "[::1]", "mcp.example.com:8443"], &[]);
        for host in [
            "localhost",
            "LOCALHOST:9",
            "[::1]:8000",
            "mcp.example.com:8443",
        ] {
            let headers = headers(&[(header::HOST, host)]);
            assert_eq!(guard.objection(&headers), None, "{host}");
        }
        for host in [
            "mcp.example.com",
            "localhost.evil.example",
            "",
            "localhost@evil",
            "localhost:x",
        ] {
            let headers = headers(&[(header::HOST, host)]);
            assert_eq!(guard.objection(&headers), Some("Host"), "{host}");
        }
        let twice = headers(&[(header::HOST, "localhost"), (header::HOST, "evil.example")]);
        assert_eq!(guard.objection(&twice), Some("Host"));
        assert_eq!(guard.objection(&HeaderMap::new()), Some("Host"));
    }

    #[test]
    fn only_allowed_origins_get_in() {
        let guard = guard(
            &["localhost"],
            &["http://localhost:*", "https://app.example.com"],
        );
        let objection = |origin| {
            guard.objection(&headers(&[
                (header::HOST, "localhost"),
                (header::ORIGIN, origin),
            ]))
        };
        for origin in [
            "http://localhost",
            "http://localhost:3000",
            "https://app.example.com:443",
        ] {
            assert_eq!(objection(origin), None, "{origin}");
        }
        for origin in [
            "null",
            "",
            "https://localhost:3000",
            "http://app.example.com",
            "https://app.example.com:444",
            "https://app.example.com.evil.example",
            "https://app.example.com@evil.example",
        ] {
            assert_eq!(objection(origin), Some("Origin"), "{origin}");
        }
    }

    #[test]
    fn entries_that_could_never_match_are_refused() {
        for host in [
            "",
            "*",
            "https://a.example",
            "a.example/x",
            "::1",
            "a.example:port",
        ] {
            assert!(host.parse::<AllowedHost>().is_err(), "{host}");
        }
        for origin in [
            "",
            "*",
            "localhost",
            "https://a.example/x",
            "https://*.example",
            "null",
        ] {
            assert!(origin.parse::<AllowedOrigin>().is_err(), "{origin}");
        }
    }
}
