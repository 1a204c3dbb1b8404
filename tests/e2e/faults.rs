//! What a server must survive that is too heavy for its own tests: thousands of connections, no file descriptors, megabytes that
//! are no message, and a request to stop while calls run.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::Trial;
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use serde_json::json;

use crate::conformance::project;
use crate::http::{TOKEN, connect, exchange, finish, message, request};
use crate::language::Language;
use crate::support::{Project, Server, free_port};
use crate::trial;

const MEBIBYTE: u64 = 1 << 20;

type Test = fn(Language) -> Result<()>;

pub fn trials() -> Vec<Trial> {
    let tests: [(&str, Test); 5] = [
        ("ten_thousand_idle_connections", idle_connections),
        ("connections_beyond_the_cap", too_many_connections),
        ("no_file_descriptor_is_left", no_descriptors),
        ("large_bodies_at_the_same_time", large_bodies),
        ("a_call_in_flight_at_sigterm", sigterm),
    ];
    // Python's SDK reads a line whole before anybody can see how long it is.
    let endless_line = trial(
        "faults::a_line_of_a_hundred_megabytes".to_owned(),
        endless_line,
    );
    let mut trials = vec![endless_line];
    for (name, test) in tests {
        for language in Language::ALL {
            let case = format!("faults::{language}_{name}");
            trials.push(trial(case, move || test(language)));
        }
    }
    trials
}

/// The project that limits its callers, whom it knows.
fn limited(language: Language) -> Result<Project> {
    let options = [("transport", "both"), ("auth", "bearer")];
    language.project("faults", "limited-notes", &options)
}

/// The project's server on a free port, with these settings.
fn serve(
    language: Language,
    project: &Project,
    settings: &[(&str, &str)],
) -> Result<(Server, u16)> {
    let mut command = language.server(project)?;
    let port = free_port()?;
    command.env("MCP_LOG", "error");
    command.env("MCP_AUTH_TOKENS", TOKEN);
    command.env("MCP_DATABASE_SEED", "true");
    command.env("MCP_TRANSPORT", "http");
    command.env("MCP_PORT", port.to_string());
    command.envs(settings.iter().copied());
    Ok((Server::start(&mut command, port)?, port))
}

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

fn healthy(port: u16) -> bool {
    exchange(port, HEALTH).is_ok_and(|response| response.starts_with("HTTP/1.1 200 "))
}

/// Whether a request is answered at once, and not refused.
fn has_room(port: u16) -> Result<bool> {
    let mut stream = connect(port)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(HEALTH.as_bytes())?;
    Ok(finish(stream).is_ok_and(|response| response.starts_with("HTTP/1.1 200 ")))
}

/// Wait until `done`, for at most so many seconds.
fn soon(what: &str, seconds: u64, done: impl Fn() -> bool) -> Result<()> {
    let started = Instant::now();
    while !done() {
        let waited = started.elapsed();
        ensure!(
            waited < Duration::from_secs(seconds),
            "{what}: not after {waited:?}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Resident memory of a process in bytes: what it has now (`VmRSS`), or has had at most (`VmHWM`).
fn memory(process: u32, line: &str) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status
        .lines()
        .find(|it| it.starts_with(line))
        .context("no such line")?;
    let kibibytes: u64 = line
        .split_whitespace()
        .nth(1)
        .context("a number")?
        .parse()?;
    Ok(kibibytes * 1024)
}

/// As many descriptors as this process may have, for itself and the servers that it starts.
fn raise_limit() -> Result<u64> {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(1 << 20);
    let new = Rlimit {
        current: Some(most),
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, new)?;
    Ok(most)
}

fn idle_connections(language: Language) -> Result<()> {
    const COUNT: usize = 10_000;
    ensure!(
        raise_limit()? > 11_000,
        "the hard limit of open files is below 11 000"
    );
    let settings = [
        ("MCP_MAX_CONNECTIONS", "20000"),
        ("MCP_HEADER_TIMEOUT_SECONDS", "600"),
    ];
    let (server, port) = serve(language, &limited(language)?, &settings)?;
    ensure!(healthy(port), "not healthy at first");
    let before = memory(server.child.id(), "VmRSS")?;
    let connections = (0..COUNT)
        .map(|_| connect(port))
        .collect::<Result<Vec<_>>>()?;
    // The last of them is accepted before this one.
    ensure!(healthy(port), "not healthy beside idle connections");
    let during = memory(server.child.id(), "VmRSS")?;
    ensure!(
        during - before < 256 * MEBIBYTE,
        "{before} bytes became {during}"
    );
    drop(connections);
    let descriptors =
        || std::fs::read_dir(format!("/proc/{}/fd", server.child.id())).map_or(0, Iterator::count);
    soon("the connections are gone", 60, || descriptors() < 100)?;
    ensure!(healthy(port), "not healthy afterwards");

    // The next ones get what the first ones had.
    let connections = (0..COUNT)
        .map(|_| connect(port))
        .collect::<Result<Vec<_>>>()?;
    ensure!(healthy(port), "not healthy beside idle connections");
    let again = memory(server.child.id(), "VmRSS")?;
    drop(connections);
    ensure!(again < 2 * during, "{during} bytes became {again}");
    Ok(())
}

fn too_many_connections(language: Language) -> Result<()> {
    let settings = [
        ("MCP_MAX_CONNECTIONS", "50"),
        ("MCP_HEADER_TIMEOUT_SECONDS", "5"),
    ];
    let project = limited(language)?;
    let (_server, port) = serve(language, &project, &settings)?;
    // The system holds 128 that wait.
    let mut connections = (0..150)
        .map(|_| connect(port))
        .collect::<Result<Vec<_>>>()?;
    ensure!(!has_room(port)?, "there is no cap");
    let known = std::fs::read_to_string(project.dir.join(".env.example"))?;
    // A server closes these itself, where its library can.
    if !known.contains("MCP_HEADER_TIMEOUT_SECONDS") {
        connections.clear();
    }
    soon("there is room again", 30, || healthy(port))?;
    drop(connections);
    Ok(())
}

fn no_descriptors(language: Language) -> Result<()> {
    let server = language.server(&project(language, "notes")?)?;
    let port = free_port()?;
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -n 64 && exec \"$0\" \"$@\""])
        .arg(server.get_program())
        .args(server.get_args());
    command.env("MCP_LOG", "error").env("MCP_TRANSPORT", "http");
    command.env("MCP_PORT", port.to_string());
    let _server = Server::start(&mut command, port)?;
    // The system holds 128 that wait.
    let connections = (0..150)
        .map(|_| connect(port))
        .collect::<Result<Vec<_>>>()?;
    drop(connections);
    soon("connections are accepted again", 30, || healthy(port))
}

fn large_bodies(language: Language) -> Result<()> {
    let (server, port) = serve(language, &project(language, "notes")?, &[])?;
    let head = "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                accept: application/json, text/event-stream\r\nconnection: close\r\n";
    // One says how long it is, the other does not.
    let announced = format!("{head}content-length: 8388608\r\n\r\n");
    let chunk = "x".repeat(1 << 20);
    let endless = format!("{head}transfer-encoding: chunked\r\n\r\n800000\r\n");
    let bodies: Vec<_> = (0..64)
        .map(|index| {
            let (head, chunk) = ([&announced, &endless][index % 2].clone(), chunk.clone());
            std::thread::spawn(move || -> Result<String> {
                let mut stream = connect(port)?;
                stream.write_all(head.as_bytes())?;
                // It stops reading when it has enough.
                while stream.write_all(chunk.as_bytes()).is_ok() {}
                Ok(finish(stream).unwrap_or_default())
            })
        })
        .collect();
    let answers = bodies
        .into_iter()
        .map(|body| body.join().expect("no panic"));
    for answer in answers.collect::<Result<Vec<_>>>()? {
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 413 ");
        ensure!(refused, "{answer}");
    }
    let most = memory(server.child.id(), "VmHWM")?;
    ensure!(most < 192 * MEBIBYTE, "{most} bytes");
    ensure!(healthy(port), "not healthy afterwards");
    Ok(())
}

/// A statement without an end, which is stopped after the time for queries.
fn slow_call(port: u16) -> Result<TcpStream> {
    let sql = "SELECT count(*) FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, orders h, \
               orders i, orders j";
    let call = json!({"name": "run_query", "arguments": {"sql": sql}});
    let mut stream = connect(port)?;
    stream.write_all(request("tools/call", "run_query", call).as_bytes())?;
    std::thread::sleep(Duration::from_millis(500));
    Ok(stream)
}

fn sigterm(language: Language) -> Result<()> {
    for (query, grace, finished) in [("2", "10", true), ("30", "1", false)] {
        let settings = [
            ("MCP_QUERY_TIMEOUT_SECONDS", query),
            ("MCP_SHUTDOWN_GRACE_SECONDS", grace),
        ];
        let (mut server, port) = serve(language, &project(language, "toolhub")?, &settings)?;
        let call = slow_call(port)?;
        let started = Instant::now();
        kill_process(Pid::from_child(&server.child), Signal::TERM)?;
        let response = finish(call).unwrap_or_default();
        let answered = message(&response).is_ok_and(|it| it["result"]["isError"] == true);
        ensure!(answered == finished, "{response}");
        let status = loop {
            match server.child.try_wait()? {
                Some(status) => break status,
                None => std::thread::sleep(Duration::from_millis(20)),
            }
            let took = started.elapsed();
            ensure!(took < Duration::from_secs(8), "still there after {took:?}");
        };
        ensure!(status.success(), "{status}");
    }
    Ok(())
}

fn endless_line() -> Result<()> {
    let program = project(Language::Rust, "notes")?.server();
    let mut server = Command::new(program)
        .env("MCP_TRANSPORT", "stdio")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let outcome = write_endless_line(&mut server);
    drop(server.kill());
    drop(server.wait());
    outcome
}

fn write_endless_line(server: &mut Child) -> Result<()> {
    let mut input = server.stdin.take().context("a pipe")?;
    let mut lines = BufReader::new(server.stdout.take().context("a pipe")?).lines();
    let initialize = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }});
    writeln!(input, "{initialize}")?;
    lines.next().context("an answer")??;
    let chunk = [b'x'; 10_000];
    for _ in 0..10_000 {
        input.write_all(&chunk)?;
    }
    let ping = json!({"jsonrpc": "2.0", "id": 2, "method": "ping"});
    writeln!(input, "\n{ping}")?;
    let answer = lines.next().context("an answer")??;
    ensure!(answer.contains("\"id\":2"), "{answer}");
    let most = memory(server.id(), "VmHWM")?;
    ensure!(most < 64 * MEBIBYTE, "{most} bytes");
    Ok(())
}
