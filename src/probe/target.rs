//! What `check` talks to, and the options of a run; parses and refuses what the user typed about it.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf, time::Duration};

use http::{HeaderName, HeaderValue, Uri};
use serde_json::{Map, Value};

use crate::error::Failure;

/// One server, on one transport.
#[derive(Debug, Clone)]
pub enum Target {
    /// Started by us, spoken to over its standard input and output.
    Stdio(Launch),
    /// Already running somewhere.
    Http(Endpoint),
    /// Started by us on a free loopback port, then spoken to over HTTP.
    SpawnHttp {
        /// `{port}` in the arguments and in the environment's values is replaced.
        launch: Launch,
        /// Path of the endpoint, such as `/mcp`.
        path: String,
        headers: Headers,
    },
}

impl Target {
    /// `stdio` or `http`.
    #[must_use]
    pub fn transport(&self) -> &'static str {
        match self {
            Self::Stdio(_) => "stdio",
            Self::Http(_) | Self::SpawnHttp { .. } => "http",
        }
    }

    /// Add variables to the environment of a server that we start; the last one of a name counts.
    pub fn add_env(&mut self, variables: &[(String, String)]) {
        match self {
            Self::Stdio(launch) | Self::SpawnHttp { launch, .. } => {
                let variables = variables
                    .iter()
                    .map(|(name, value)| (name.into(), value.into()));
                launch.env.extend(variables);
            }
            Self::Http(_) => {}
        }
    }
}

/// How to start a server.
#[derive(Debug, Clone, Default)]
pub struct Launch {
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// Where to start it; here when absent.
    pub cwd: Option<PathBuf>,
    /// Added to the environment it inherits.
    pub env: Vec<(OsString, OsString)>,
}

impl Launch {
    /// Start this command here, in the environment we have.
    #[must_use]
    pub fn new(command: Vec<OsString>) -> Self {
        Self {
            command,
            ..Self::default()
        }
    }
}

/// How thoroughly, and for how long.
#[derive(Debug, Clone)]
pub struct Options {
    /// For everything together.
    pub timeout: Duration,
    /// For one request; starting and opening may take three times as long.
    pub step: Duration,
    /// Calls the user asked for: made even when the tool is not declared read-only, and the tool must exist.
    pub calls: BTreeMap<String, Map<String, Value>>,
    /// Arguments known to be good for a tool of that name, if it exists and is not destructive.
    pub arguments: BTreeMap<String, Map<String, Value>>,
    /// The server is the very one that `arguments` were written for, so they are harmless whatever the tool says.
    pub unchanged: bool,
    /// A project of ours must speak both eras; of any other server, one is enough.
    pub both_eras: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(60),
            step: Duration::from_secs(10),
            calls: BTreeMap::new(),
            arguments: BTreeMap::new(),
            unchanged: false,
            both_eras: false,
        }
    }
}

/// Extra request headers; values are never shown.
#[derive(Debug, Clone, Default)]
pub struct Headers(pub(super) Vec<(HeaderName, HeaderValue)>);

impl Headers {
    /// Parse `Name: value` lines.
    ///
    /// # Errors
    ///
    /// A usage failure for a line that is no header, or one that the protocol itself sets.
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

/// An `http://` address.
#[derive(Debug, Clone)]
pub struct Endpoint {
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
    /// A usage failure for anything but plain HTTP without credentials in the address.
    pub fn parse(url: &str, headers: Headers) -> Result<Self, Failure> {
        let lower = url.trim_start().get(..8).map(str::to_ascii_lowercase);
        if lower.as_deref() == Some("https://") {
            return Err(Failure::usage(
                "`https://` cannot be checked: this program carries no TLS",
            )
            .hint("check the server on a local port that speaks plain `http://`"));
        }
        let hint = "write it as `--url http://127.0.0.1:8000/mcp`";
        let uri: Uri = url
            .parse()
            .map_err(|_| Failure::usage("`--url` is not an address").hint(hint))?;
        let (Some("http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(Failure::usage("`--url` must start with `http://`").hint(hint));
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
        Ok(Self {
            host: host.to_owned(),
            port: authority.port_u16().unwrap_or(80),
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
            host: "127.0.0.1".to_owned(),
            port,
            path,
            headers,
        }
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

/// Parse `--call NAME='{…}'`.
///
/// # Errors
///
/// What is wrong with it, for clap to show.
pub fn parse_call(text: &str) -> Result<(String, Map<String, Value>), String> {
    let (name, json) = text
        .split_once('=')
        .ok_or("write it as `NAME={…}`, the arguments as a JSON object")?;
    if name.is_empty() {
        return Err("the tool's name is missing before `=`".to_owned());
    }
    match serde_json::from_str(json) {
        Ok(Value::Object(arguments)) => Ok((name.to_owned(), arguments)),
        Ok(_) => Err("the arguments must be a JSON object".to_owned()),
        Err(error) => Err(format!("the arguments are not JSON: {error}")),
    }
}

/// Parse `--env NAME=value`.
///
/// # Errors
///
/// What is wrong with it, for clap to show.
pub fn parse_env(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value))
            if !name.is_empty() && !name.contains('\0') && !value.contains('\0') =>
        {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err("write it as `NAME=value`".to_owned()),
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

    #[test]
    fn addresses_that_cannot_work_are_refused_with_the_reason() {
        assert!(
            endpoint("https://example.com/mcp")
                .unwrap_err()
                .contains("TLS")
        );
        assert!(
            endpoint("HTTPS://example.com/mcp")
                .unwrap_err()
                .contains("TLS")
        );
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

    #[test]
    fn calls_and_variables_are_validated() {
        assert_eq!(parse_call("echo={\"a\":1}").unwrap().0, "echo");
        assert_eq!(parse_call("a={\"b\":\"c=d\"}").unwrap().1["b"], "c=d");
        for bad in ["echo", "={}", "echo=[]", "echo={", "echo="] {
            assert!(parse_call(bad).is_err(), "{bad}");
        }
        assert_eq!(
            parse_env("A=b=c").unwrap(),
            ("A".to_owned(), "b=c".to_owned())
        );
        assert!(parse_env("=x").is_err());
        assert!(parse_env("A").is_err());
    }
}
