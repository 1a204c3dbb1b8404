//! What `check` talks to, and the options of a run; parses and refuses what the user typed about it.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    path::PathBuf,
    time::Duration,
};

use serde_json::{Map, Value};

use super::{
    answers::Answers,
    endpoint::{Endpoint, Headers},
};

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
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Options {
    /// For everything together.
    pub timeout: Duration,
    /// For one request.
    pub step: Duration,
    /// For starting a server and opening a session.
    pub open: Duration,
    /// Whether tools that are safe to call are called unasked.
    pub safe_calls: bool,
    /// Whether no tool is called at all.
    pub no_calls: bool,
    /// Tools that are not called.
    pub skip: BTreeSet<String>,
    /// Calls the user asked for: made even when the tool is not declared read-only, and the tool must exist.
    pub calls: BTreeMap<String, Map<String, Value>>,
    /// Arguments known to be good for a tool of that name, if it exists and is not destructive.
    pub arguments: BTreeMap<String, Map<String, Value>>,
    /// The server is the very one that `arguments` were written for, so they are harmless whatever the tool says.
    pub unchanged: bool,
    /// What the client says when the server asks it for something.
    pub answers: Answers,
    /// Tokens that the surface may cost a model.
    pub max_tokens: usize,
    /// A project of ours must speak both eras; of any other server, one is enough.
    pub both_eras: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(60),
            step: Duration::from_secs(10),
            open: Duration::from_secs(30),
            safe_calls: false,
            no_calls: false,
            skip: BTreeSet::new(),
            calls: BTreeMap::new(),
            arguments: BTreeMap::new(),
            unchanged: false,
            answers: Answers::default(),
            max_tokens: 10_000,
            both_eras: false,
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
