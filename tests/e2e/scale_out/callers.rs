//! Clients of both SDKs that call a tool over and over, in a process of their own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use super::nginx::Nginx;
use crate::support::tool;

/// How many there are in one process; each waits for the answer to its call before the next one.
pub const EACH: usize = 4;

pub struct Callers {
    child: Child,
    /// Closing it stops them.
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

/// What became of their calls.
#[derive(Debug, Deserialize)]
pub struct Report {
    pub answered: usize,
    pub lost: Vec<Lost>,
    /// How often one of them connected.
    pub opened: usize,
}

#[derive(Debug, Deserialize)]
pub struct Lost {
    pub error: String,
}

/// What to call through nginx, for clients in any language.
pub fn target(nginx: &Nginx, token: &str, tool: &str, arguments: &Value) -> Value {
    json!({
        "url": nginx.url(),
        "ca": nginx.certificate(),
        "headers": {"Authorization": format!("Bearer {token}")},
        "tool": tool,
        "arguments": arguments,
        "callers": EACH,
    })
}

impl Callers {
    pub fn python(era: &str, target: &Value) -> Result<Self> {
        let mut command = Command::new(tool("mcp-client", "bin/python")?);
        command.arg(script("callers.py")).arg(era);
        Self::start(command.arg(target.to_string()))
    }

    pub fn typescript(era: &str, target: &Value) -> Result<Self> {
        let node = tool("node", "node_modules/.bin/node")?;
        let packages = node.ancestors().nth(3).context("the packages' folder")?;
        let mut command = Command::new(&node);
        command.env(
            "NODE_EXTRA_CA_CERTS",
            target["ca"].as_str().context("a path")?,
        );
        command.arg(script("callers.mjs")).arg(packages).arg(era);
        Self::start(command.arg(target.to_string()))
    }

    /// Start them, and wait until each had an answer.
    fn start(command: &mut Command) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| format!("start {command:?}"))?;
        let stdin = child.stdin.take().context("stdin")?;
        let mut stdout = BufReader::new(child.stdout.take().context("stdout")?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        ensure!(line == "calling\n", "{command:?} ended early: {line}");
        Ok(Self {
            child,
            stdin,
            stdout,
        })
    }

    pub fn stop(self) -> Result<Report> {
        let Self {
            mut child,
            stdin,
            mut stdout,
        } = self;
        drop(stdin);
        let mut report = String::new();
        stdout.read_to_string(&mut report)?;
        let status = child.wait()?;
        ensure!(status.success(), "{status}");
        serde_json::from_str(&report).with_context(|| format!("not a report: {report}"))
    }
}

pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/e2e/scale_out")
        .join(name)
}
