//! Programs of other people against the `notes` server of each language: the Inspector's CLI, the Python and the TypeScript SDK's clients.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::hosts;
use crate::language::Language;
use crate::support::{Project, Server, free_port, run, tool};
use crate::trial;

/// Older clients open with `initialize`, clients of this revision do not.
pub const ERAS: [&str; 2] = ["legacy", "2026-07-28"];

/// A way to find the entry that says how to reach a server.
type Entry = fn(&Path) -> Result<Value>;

/// Runs one client in one era against a target and returns its report.
pub type Client = fn(&str, &Value) -> Result<Value>;

pub fn trials() -> Vec<Trial> {
    let pairs = Language::ALL.map(|language| ERAS.map(|era| of(language, era)));
    pairs.into_iter().flatten().flatten().collect()
}

fn of(language: Language, era: &'static str) -> Vec<Trial> {
    let mut trials = Vec::new();
    let case = |what: &str| format!("third_party::{language}_server_and_{what}_{era}");
    let files: [(&str, Entry); 2] = [
        ("mcp_json", hosts::project_file),
        ("vscode_mcp_json", hosts::editor_file),
    ];
    for (file, entry) in files {
        let case = |client: &str| case(&format!("{client}_as_{file}_says"));
        trials.push(trial(case("inspector"), move || {
            inspect(era, &entry(&notes(language)?.dir)?)
        }));
        for (name, client) in CLIENTS {
            trials.push(trial(case(name), move || {
                expect_notes(era, &client(era, &entry(&notes(language)?.dir)?)?)
            }));
        }
    }
    trials.push(trial(case("inspector_over_http"), move || {
        let server = serve(language)?;
        inspect(era, &json!({"url": server.url}))
    }));
    for (name, client) in CLIENTS {
        trials.push(trial(case(&format!("{name}_over_http")), move || {
            let server = serve(language)?;
            expect_notes(era, &client(era, &json!({"url": server.url}))?)
        }));
        let case = case(&format!("{name}_with_a_token_as_mcp_json_says"));
        trials.push(trial(case, move || with_token(language, era, client)));
    }
    trials.push(trial(
        case("python_over_http_where_its_files_say"),
        move || http_only(language, era),
    ));
    trials
}

pub const CLIENTS: [(&str, Client); 2] = [("python", python), ("typescript", typescript)];

/// A `notes` project answers the Python SDK's client in both eras, started as its `.mcp.json` says.
pub fn answers(project: &Project) -> Result<()> {
    let entry = hosts::project_file(&project.dir)?;
    for era in ERAS {
        expect_notes(era, &python(era, &entry)?).context(era)?;
    }
    Ok(())
}

/// The project with default answers.
fn notes(language: Language) -> Result<Project> {
    language.project("third-party", "notes-server", &[])
}

fn serve(language: Language) -> Result<Server> {
    let port = free_port()?;
    let mut command = language.server(&notes(language)?)?;
    command.env("MCP_TRANSPORT", "http").env("MCP_LOG", "error");
    Server::start(command.env("MCP_PORT", port.to_string()), port)
}

fn python(era: &str, target: &Value) -> Result<Value> {
    python_script("client.py", era, target)
}

pub fn python_script(name: &str, era: &str, target: &Value) -> Result<Value> {
    let python = tool("mcp-client", "bin/python")?;
    let mut command = Command::new(python);
    command.arg(script(name)).arg(era);
    report(command.arg(target.to_string()))
}

fn typescript(era: &str, target: &Value) -> Result<Value> {
    typescript_script("client.mjs", era, target)
}

pub fn typescript_script(name: &str, era: &str, target: &Value) -> Result<Value> {
    let packages = tool("node", "node_modules/@modelcontextprotocol/client")?;
    let packages = packages
        .ancestors()
        .nth(3)
        .context("the packages' folder")?;
    let mut command = node()?;
    command.arg(script(name)).arg(packages).arg(era);
    report(command.arg(target.to_string()))
}

pub fn report(command: &mut Command) -> Result<Value> {
    let stdout = run(command)?;
    serde_json::from_str(&stdout).with_context(|| format!("not a report: {stdout}"))
}

pub fn node() -> Result<Command> {
    Ok(Command::new(tool("node", "node_modules/.bin/node")?))
}

pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/e2e")
        .join(name)
}

/// The revision that a server and a client of this era agree on.
pub fn protocol(era: &str) -> &str {
    match era {
        "legacy" => "2025-11-25",
        modern => modern,
    }
}

/// The code for a resource that does not exist: Python's SDK sends the one of the current revision in both eras.
pub fn absent_code(era: &str, report: &Value) -> i64 {
    match era {
        "legacy" if report["absent"] != -32602 => -32002,
        _ => -32602,
    }
}

pub fn expect_notes(era: &str, report: &Value) -> Result<()> {
    let protocol = protocol(era);
    let expected = json!({
        "protocol": protocol,
        "tools": ["add-note"],
        "templates": 1,
        "prompts": ["summarize-notes"],
        "notified": true,
        "note": true,
        "prompt": true,
        "completion": ["detailed"],
        "refused": true,
        "absent": absent_code(era, report),
    });
    ensure!(
        *report == expected,
        "expected {expected}\nreported {report}"
    );
    Ok(())
}

/// The methods one after the other, each by a process of its own.
fn inspect(era: &str, target: &Value) -> Result<()> {
    let config = tempfile::Builder::new().suffix(".json").tempfile()?;
    let mut entry = target.clone();
    if target.get("url").is_some() {
        entry["type"] = json!("http");
    }
    let servers = json!({"mcpServers": {"server": entry}});
    std::fs::write(config.path(), servers.to_string())?;
    let era = if era == "legacy" { "legacy" } else { "modern" };
    let call = |arguments: &[&str]| -> Result<Value> {
        let mut command = node()?;
        command.arg(tool("node", "node_modules/.bin/mcp-inspector")?);
        command.args(["--cli", "--server", "server", "--format", "json", "--quiet"]);
        command
            .args(["--protocol-era", era, "--config"])
            .arg(config.path());
        Ok(report(command.arg("--method").args(arguments))?["result"].take())
    };
    let tools = call(&["tools/list", "--strict"])?;
    ensure!(tools["tools"][0]["name"] == "add-note", "{tools}");
    let note = [
        "--tool-name",
        "add-note",
        "--tool-arg",
        "name=a",
        "content=b",
    ];
    let added = call(&[&["tools/call"][..], &note].concat())?;
    ensure!(added["isError"] != true, "{added}");
    let listed = call(&["resources/list"])?;
    // Over stdio each call has a server of its own, which has no note yet.
    if target.get("url").is_some() {
        let uri = listed["resources"][0]["uri"].as_str().context("no note")?;
        let read = call(&["resources/read", "--uri", uri])?;
        ensure!(read["contents"][0]["text"] == "b", "{read}");
    }
    let prompt = [
        "--prompt-name",
        "summarize-notes",
        "--prompt-args",
        "style=brief",
    ];
    let got = call(&[&["prompts/get"][..], &prompt].concat())?;
    ensure!(got["messages"][0].is_object(), "{got}");
    Ok(())
}

/// A project that serves HTTP only: its two files name the address that it listens on by default.
fn http_only(language: Language, era: &str) -> Result<()> {
    // One at a time: the port is the same.
    static PORT: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let project = language.project("third-party", "web-notes", &[("transport", "http")])?;
    let _guard = PORT.lock();
    let target = hosts::project_file(&project.dir)?;
    ensure!(
        target["url"] == hosts::editor_file(&project.dir)?["url"],
        "two addresses"
    );
    let url = target["url"].as_str().context("no address")?;
    let port = url
        .strip_prefix("http://127.0.0.1:")
        .and_then(|rest| rest.strip_suffix("/mcp"))
        .with_context(|| format!("an address of its own: {url}"))?;
    if std::net::TcpListener::bind(("127.0.0.1", port.parse()?)).is_err() {
        bail!("port {port}, the default of generated servers, is taken by another program");
    }
    let mut command = language.server(&project)?;
    let server = Server::start(command.env("MCP_LOG", "error"), port.parse()?)?;
    ensure!(server.url == url, "{} is not {url}", server.url);
    expect_notes(era, &python(era, &target)?)
}

/// A server that wants a token: the placeholder in the project's file is none, and what a host puts there instead is.
fn with_token(language: Language, era: &str, client: Client) -> Result<()> {
    const TOKEN: &str = "a-token-that-only-this-test-knows";
    let options = [("transport", "http"), ("auth", "bearer")];
    let project = language.project("third-party", "token-notes", &options)?;
    let port = free_port()?;
    let mut command = language.server(&project)?;
    command
        .env("MCP_AUTH_TOKENS", TOKEN)
        .env("MCP_LOG", "error");
    let server = Server::start(command.env("MCP_PORT", port.to_string()), port)?;
    let mut target = hosts::project_file(&project.dir)?;
    target["url"] = json!(server.url);
    ensure!(
        client(era, &target).is_err(),
        "the placeholder passes for a token"
    );
    let known = target.to_string().replace("${MCP_TOKEN}", TOKEN);
    expect_notes(era, &client(era, &serde_json::from_str(&known)?)?)
}
