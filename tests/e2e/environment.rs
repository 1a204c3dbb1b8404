//! What projects need from outside of themselves to run their tests and to be checked.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, anyhow};
use serde_json::Value;

use crate::combos::Combo;
use crate::postgres_server::Postgres;
use crate::support::tool;

/// Lasts as long as the test run.
#[derive(Debug, Default)]
pub struct Environment {
    /// For the project's tests, and as `--env` for `check`.
    pub env: Vec<(String, String)>,
    /// As `--header` for `check`.
    pub headers: Vec<String>,
}

impl Environment {
    /// The options of `check`.
    pub fn options(&self) -> Vec<String> {
        let env = self
            .env
            .iter()
            .map(|(name, value)| format!("--env={name}={value}"));
        let headers = self
            .headers
            .iter()
            .map(|header| format!("--header={header}"));
        env.chain(headers).collect()
    }
}

/// What a project with these answers needs.
pub fn of(combo: &Combo) -> Result<Environment> {
    let mut environment = Environment::default();
    if combo.get("auth").is_some_and(|auth| auth == "oauth") {
        let issuer = shared_issuer()?;
        environment.env.extend(issuer.env(RESOURCE));
        environment
            .headers
            .push(format!("Authorization: Bearer {}", issuer.token));
    }
    if combo.get("database").is_some_and(|id| id == "postgres") {
        let url = shared_postgres()?.database()?.url();
        let variables = [
            ("DATABASE_URL", &*url),
            ("TEST_DATABASE_URL", &*url),
            ("MCP_DATABASE_SEED", "true"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        environment.env.extend(variables);
    }
    Ok(environment)
}

/// What the shared issuer's token is for.
const RESOURCE: &str = "https://mcp.example.com/mcp";

/// A local authorization server, for all projects.
fn shared_issuer() -> Result<&'static Issuer> {
    static ISSUER: OnceLock<Result<Issuer, String>> = OnceLock::new();
    let issuer =
        ISSUER.get_or_init(|| Issuer::start(RESOURCE).map_err(|error| format!("{error:#}")));
    issuer.as_ref().map_err(|error| anyhow!("{error}"))
}

/// An authorization server that ends with the value, or with this process.
#[derive(Debug)]
pub struct Issuer {
    child: Child,
    pub url: String,
    /// A token that lasts for an hour.
    pub token: String,
}

impl Issuer {
    /// Start it, with a token for `resource`.
    pub fn start(resource: &str) -> Result<Self> {
        Self::start_with(resource, &[])
    }

    /// Start it over TLS, with the private key and the certificate in a file.
    pub fn start_tls(resource: &str, pem: &Path) -> Result<Self> {
        Self::start_with(resource, &[pem])
    }

    fn start_with(resource: &str, more: &[&Path]) -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/issuer.mjs");
        let mut command = Command::new(tool("node", "node_modules/.bin/node")?);
        command.arg(script).arg(resource).args(more);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("start {command:?}"))?;
        let mut line = String::new();
        let stdout = child.stdout.take().context("its standard output")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let told: Value = serde_json::from_str(&line).context("what the issuer told")?;
        let text = |name: &str| told[name].as_str().map(str::to_owned).context("a text");
        Ok(Self {
            child,
            url: text("issuer")?,
            token: text("token")?,
        })
    }

    /// The settings of a server that trusts it.
    pub fn env(&self, resource: &str) -> [(String, String); 2] {
        [
            ("MCP_OAUTH_ISSUER".to_owned(), self.url.clone()),
            ("MCP_OAUTH_RESOURCE".to_owned(), resource.to_owned()),
        ]
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        // It may be gone already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A server for all projects, each of which has a database of its own there.
fn shared_postgres() -> Result<&'static Postgres> {
    static SERVER: OnceLock<Result<Postgres, String>> = OnceLock::new();
    let server = SERVER.get_or_init(|| Postgres::start().map_err(|error| format!("{error:#}")));
    server.as_ref().map_err(|error| anyhow!("{error}"))
}
