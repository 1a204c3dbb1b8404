//! Servers that many people use, made by others: what `check` says of each is recorded here, and is what the Python SDK's client
//! finds in both eras.
//!
//! They are pinned in `tests/locks/servers`, need no key, and are started without a network.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{PROGRAM, run, tool};
use crate::third_party::python_script;
use crate::trial;

/// Where a server comes from: the folder of its environment.
#[derive(Debug, Clone, Copy)]
enum From {
    Npm,
    Python,
    /// Version 1 of the SDK, which the server was written for.
    PythonSdk1,
}

/// A server, a call that it answers without a network, and what is recorded of it.
#[derive(Debug, Clone, Copy)]
struct Server {
    from: From,
    program: &'static str,
    args: &'static [&'static str],
    /// Name and arguments; no name for a server whose tools all need a network or a key.
    call: (&'static str, &'static str),
    /// The outcome in the newer era and in the older one.
    eras: [&'static str; 2],
    exit: i32,
}

const OLD: [&str; 2] = ["unsupported", "passed"];
const BOTH: [&str; 2] = ["passed", "passed"];
const NONE: (&str, &str) = ("", "{}");

const SERVERS: [Server; 11] = [
    npm(
        "mcp-server-everything",
        &[],
        ("echo", r#"{"message": "x"}"#),
        OLD,
    ),
    npm(
        "mcp-server-filesystem",
        &["."],
        ("list_allowed_directories", "{}"),
        OLD,
    ),
    npm("mcp-server-memory", &[], ("read_graph", "{}"), OLD),
    npm("mcp-server-sequential-thinking", &[], THOUGHT, OLD),
    npm("notion-mcp-server", &[], NONE, OLD),
    npm("context7-mcp", &[], NONE, BOTH),
    python("mcp-server-fetch", &[], NONE),
    python(
        "mcp-server-time",
        &[],
        ("get_current_time", r#"{"timezone": "UTC"}"#),
    ),
    python(
        "mcp-server-git",
        &[],
        ("git_status", r#"{"repo_path": "."}"#),
    ),
    Server {
        from: From::PythonSdk1,
        exit: 0,
        eras: OLD,
        ..SQLITE
    },
    // What it is installed with today: it does not start.
    SQLITE,
];

const THOUGHT: (&str, &str) = (
    "sequentialthinking",
    r#"{"thought": "x", "thoughtNumber": 1, "totalThoughts": 1, "nextThoughtNeeded": false}"#,
);

const SQLITE: Server = Server {
    from: From::Python,
    program: "mcp-server-sqlite",
    args: &["--db-path", "test.db"],
    call: ("list_tables", "{}"),
    eras: ["failed", "failed"],
    exit: 4,
};

const fn npm(
    program: &'static str,
    args: &'static [&'static str],
    call: (&'static str, &'static str),
    eras: [&'static str; 2],
) -> Server {
    Server {
        from: From::Npm,
        program,
        args,
        call,
        eras,
        exit: 0,
    }
}

const fn python(
    program: &'static str,
    args: &'static [&'static str],
    call: (&'static str, &'static str),
) -> Server {
    Server {
        from: From::Python,
        program,
        args,
        call,
        eras: BOTH,
        exit: 0,
    }
}

pub fn trials() -> Vec<Trial> {
    let name = |server: &Server| {
        let program = server.program.replace('-', "_");
        match server.from {
            From::PythonSdk1 => format!("real_servers::{program}_of_its_time"),
            _ => format!("real_servers::{program}"),
        }
    };
    let trials =
        SERVERS.map(|server| trial(name(&server), move || is_judged_as_clients_do(&server)));
    trials.into()
}

fn is_judged_as_clients_do(server: &Server) -> Result<()> {
    let folder = tempfile::tempdir()?;
    run(Command::new("git")
        .args(["init", "--quiet"])
        .arg(folder.path()))?;
    let command = command(server)?;
    let report = check(server, &command, folder.path())?;
    let sessions = report["sessions"].as_array().context("sessions")?;
    let outcomes: Vec<_> = sessions.iter().map(|it| it["outcome"].as_str()).collect();
    ensure!(outcomes == server.eras.map(Some), "{report:#}");

    let visit = json!({
        "command": command[0],
        "args": command[1..],
        "cwd": folder.path(),
        "tool": server.call.0,
        "arguments": serde_json::from_str::<Value>(server.call.1)?,
    });
    // A client that speaks both gets the newest revision that passed; an older one the older.
    let passed = |session: &&Value| session["outcome"] == "passed";
    for (mode, session) in [
        ("auto", sessions.iter().find(passed)),
        ("legacy", sessions.last().filter(passed)),
    ] {
        let seen = python_script("visitor.py", mode, &visit)?;
        let expected = session.map_or(&Value::Null, |it| &it["protocol_version"]);
        ensure!(seen["protocol"] == *expected, "{mode}: {seen}\n{report:#}");
    }
    Ok(())
}

fn command(server: &Server) -> Result<Vec<String>> {
    let program = server.program;
    let words = match server.from {
        From::Npm => [
            tool("node", "node_modules/.bin/node")?,
            tool("servers", &format!("node_modules/.bin/{program}"))?,
        ],
        From::Python | From::PythonSdk1 => {
            let environment = match server.from {
                From::PythonSdk1 => "servers-python-sdk1",
                _ => "servers-python",
            };
            let in_bin = |name: &str| tool(environment, &format!("bin/{name}"));
            [in_bin("python")?, in_bin(program)?]
        }
    };
    let words = words.iter().map(|word| word.to_string_lossy().into_owned());
    Ok(words
        .chain(server.args.iter().map(|&arg| arg.to_owned()))
        .collect())
}

/// The report, whose exit code and errors are those that are expected.
fn check(server: &Server, words: &[String], folder: &Path) -> Result<Value> {
    let mut command = Command::new(PROGRAM);
    command.args([
        "check",
        "--json",
        "--timeout",
        "300",
        "--step-timeout",
        "60",
    ]);
    let (name, arguments) = server.call;
    if !name.is_empty() {
        command.arg("--call").arg(format!("{name}={arguments}"));
    }
    // Nobody listens there.
    for variable in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
        command.env(variable, "http://127.0.0.1:9");
    }
    command
        .arg("--")
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::null());
    let output = command.output()?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.code() == Some(server.exit),
        "{}: {stderr}",
        output.status
    );
    let report: Value = serde_json::from_slice(&output.stdout)?;
    let findings = report["findings"].as_array().context("findings")?;
    let error = findings
        .iter()
        .find(|finding| finding["severity"] == "error");
    ensure!(error.is_none(), "{error:?}");
    Ok(report)
}
