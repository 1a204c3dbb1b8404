//! The servers: how they are built, started, read and ended.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::build::Program;

pub const TOKEN: &str = "a-token-that-only-the-benchmark-knows";

const INITIALIZE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","#,
    r#""capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#,
    "\n",
    r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
    "\n"
);

/// A process that ends with the value.
pub struct Server {
    process: Child,
    /// From its start: over stdio until it has answered, over HTTP until it listens.
    pub first_reply: Duration,
    pub port: u16,
    pub pipes: Option<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Server {
    pub fn bare_http(program: &Program) -> Self {
        let port = free_port();
        let mut command = program.command();
        Self::listening(command.arg(port.to_string()), port)
    }

    pub fn http(program: &Program) -> Self {
        let port = free_port();
        let mut command = generated(program, "http");
        Self::listening(command.env("MCP_PORT", port.to_string()), port)
    }

    fn listening(command: &mut Command, port: u16) -> Self {
        let started = Instant::now();
        let process = start(command.stdin(Stdio::null()).stdout(Stdio::null()));
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(10));
        }
        Self {
            process,
            first_reply: started.elapsed(),
            port,
            pipes: None,
        }
    }

    pub fn bare_stdio(program: &Program) -> Self {
        Self::piped(&mut program.command())
    }

    pub fn stdio(program: &Program) -> Self {
        Self::piped(&mut generated(program, "stdio"))
    }

    fn piped(command: &mut Command) -> Self {
        let started = Instant::now();
        let mut process = start(command.stdin(Stdio::piped()).stdout(Stdio::piped()));
        let mut input = process.stdin.take().expect("a pipe");
        let mut output = BufReader::new(process.stdout.take().expect("a pipe"));
        input.write_all(INITIALIZE.as_bytes()).expect("a reader");
        output.read_line(&mut String::new()).expect("an answer");
        Self {
            process,
            first_reply: started.elapsed(),
            port: 0,
            pipes: Some((input, output)),
        }
    }

    /// Processor time that it has used; none where the system has no `/proc`.
    pub fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()));
        let stat = stat.unwrap_or_default();
        let fields = stat.rsplit(')').next().unwrap_or_default().split(' ');
        let ticks: u64 = fields
            .skip(12)
            .take(2)
            .filter_map(|it| it.parse::<u64>().ok())
            .sum();
        Duration::from_millis(ticks * 10)
    }

    /// Resident memory in KiB.
    pub fn memory(&self) -> u32 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.expect("Linux");
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let words = line.and_then(|line| line.split_whitespace().nth(1));
        words.expect("VmRSS").parse().expect("a number")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Logs as by default, and calls without a limit.
fn generated(program: &Program, transport: &str) -> Command {
    let mut command = program.command();
    command.env("MCP_TRANSPORT", transport);
    command.env("MCP_AUTH_TOKENS", TOKEN);
    command.env("MCP_RATE_LIMIT_PER_MINUTE", "0");
    command.env("MCP_DATABASE_SEED", "true");
    command
}

/// Somebody reads the log, as in operation.
fn start(command: &mut Command) -> Child {
    let mut process = command.stderr(Stdio::piped()).spawn().expect("a server");
    let mut log = process.stderr.take().expect("a pipe");
    std::thread::spawn(move || io::copy(&mut log, &mut io::sink()));
    process
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}
