//! Messages to a server and back, with nothing between that would hide what was on the wire.

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::REVISION;
use crate::http;
use crate::support::{Server, free_port};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub trait Wire {
    /// Everything that comes of a request, its answer last.
    fn ask(&mut self, request: &Value) -> Result<Vec<Value>>;

    /// Send a notification.
    fn tell(&mut self, notification: &Value) -> Result<()>;

    /// Hear from now on what the server says unasked; newer clients have to request it.
    fn listen(&mut self, request: Option<&Value>) -> Result<()>;

    /// The next message that was not asked for.
    fn unasked(&mut self) -> Result<Value>;
}

pub struct Pipes {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
    unasked: Vec<Value>,
}

impl Pipes {
    pub fn start(mut command: Command) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn()?;
        let stdin = child.stdin.take().context("its standard input")?;
        let stdout = child.stdout.take().context("its standard output")?;
        Ok(Self {
            child,
            stdin,
            lines: lines(BufReader::new(stdout)),
            unasked: Vec::new(),
        })
    }

    fn write(&mut self, message: &Value) -> Result<()> {
        Ok(writeln!(self.stdin, "{message}")?)
    }

    /// Every line must be a message.
    fn read(&mut self) -> Result<Value> {
        let line = self.lines.recv_timeout(PATIENCE).context("silence")?;
        serde_json::from_str(&line).with_context(|| format!("no message: {line}"))
    }
}

impl Wire for Pipes {
    fn ask(&mut self, request: &Value) -> Result<Vec<Value>> {
        self.write(request)?;
        let mut came = Vec::new();
        loop {
            let message = self.read()?;
            let answer = message["id"] == request["id"];
            if answer || message["method"] == "notifications/progress" {
                came.push(message);
            } else {
                self.unasked.push(message);
            }
            if answer {
                return Ok(came);
            }
        }
    }

    fn tell(&mut self, notification: &Value) -> Result<()> {
        self.write(notification)
    }

    fn listen(&mut self, request: Option<&Value>) -> Result<()> {
        request.map_or(Ok(()), |request| self.write(request))
    }

    fn unasked(&mut self) -> Result<Value> {
        if self.unasked.is_empty() {
            return self.read();
        }
        Ok(self.unasked.remove(0))
    }
}

impl Drop for Pipes {
    fn drop(&mut self) {
        // It may be gone already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub struct Http {
    _server: Server,
    port: u16,
    session: Option<String>,
    unasked: Option<Receiver<String>>,
}

impl Http {
    pub fn start(mut command: Command) -> Result<Self> {
        let port = free_port()?;
        command.env("MCP_TRANSPORT", "http");
        let server = Server::start(command.env("MCP_PORT", port.to_string()), port)?;
        Ok(Self {
            _server: server,
            port,
            session: None,
            unasked: None,
        })
    }

    fn request(&self, message: &Value) -> String {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let method = text(&message["method"]);
        let mut headers = Vec::new();
        if let Some(session) = &self.session {
            headers.push(("mcp-session-id", session.clone()));
        }
        let params = &message["params"];
        if params["_meta"]["io.modelcontextprotocol/protocolVersion"].is_string() {
            headers.push(("mcp-protocol-version", REVISION.to_owned()));
            let name = match &*method {
                "tools/call" | "prompts/get" => text(&params["name"]),
                "resources/read" | "resources/subscribe" => text(&params["uri"]),
                _ => String::new(),
            };
            headers.push(("mcp-method", method));
            headers.push(("mcp-name", name));
        }
        let headers = headers.iter().map(|(name, value)| (*name, &**value));
        let headers: Vec<(&str, &str)> = headers.filter(|(_, value)| !value.is_empty()).collect();
        http::post(&headers, message)
    }
}

impl Wire for Http {
    fn ask(&mut self, request: &Value) -> Result<Vec<Value>> {
        let response = http::exchange(self.port, &self.request(request))?;
        let mut head = response.lines().take_while(|line| !line.is_empty());
        if let Some(line) = head.find(|line| line.to_lowercase().starts_with("mcp-session-id:")) {
            self.session = line.split_once(": ").map(|(_, id)| id.to_owned());
        }
        let messages = http::messages(&response)?;
        ensure!(!messages.is_empty(), "no answer: {response}");
        Ok(messages)
    }

    fn tell(&mut self, notification: &Value) -> Result<()> {
        let response = http::exchange(self.port, &self.request(notification))?;
        ensure!(response.starts_with("HTTP/1.1 202 "), "{response}");
        Ok(())
    }

    fn listen(&mut self, request: Option<&Value>) -> Result<()> {
        let request = match request {
            Some(request) => self.request(request),
            None => format!(
                "GET /mcp HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\
                 mcp-session-id: {}\r\n\r\n",
                self.session.as_deref().context("a session")?
            ),
        };
        let mut stream = http::connect(self.port)?;
        stream.write_all(request.as_bytes())?;
        self.unasked = Some(lines(BufReader::new(stream)));
        Ok(())
    }

    fn unasked(&mut self) -> Result<Value> {
        let unasked = self.unasked.as_ref().context("nobody listens")?;
        loop {
            let line = unasked.recv_timeout(PATIENCE).context("silence")?;
            if let Some(message) = http::messages(&line)?.pop() {
                return Ok(message);
            }
        }
    }
}

/// The lines, as they come.
fn lines(source: impl BufRead + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in source.lines().map_while(Result::ok) {
            // Nobody waits for it any more.
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
