//! Those scenarios of the official conformance suite that any server can pass, against servers over HTTP as they are generated,
//! each at the revisions that have it. A warning fails a test as an error does.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use create_mcp_server::template;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::http;
use crate::language::Language;
use crate::support::{Project, Server, free_port, run, tool};
use crate::third_party::node;
use crate::trial;

const REVISIONS: [(&str, &[&str]); 2] = [
    (
        "2025-11-25",
        &[
            "server-initialize",
            "server-session-lifecycle",
            "server-sse-multiple-streams",
            "ping",
            "completion-complete",
            "tools-list",
            "resources-list",
            "prompts-list",
            "dns-rebinding-protection",
        ],
    ),
    (
        "2026-07-28",
        &[
            "server-stateless",
            "server-sse-multiple-streams",
            "completion-complete",
            "tools-list",
            "resources-list",
            "prompts-list",
            "dns-rebinding-protection",
            "caching",
            "http-header-validation",
            "sep-2164-resource-not-found",
        ],
    ),
];

const STARTERS: [&str; 2] = ["notes", "toolhub"];

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    let pairs = Language::ALL.map(|language| STARTERS.map(|starter| (language, starter)));
    for (language, starter) in pairs.into_iter().flatten() {
        if !offers(language, starter) {
            continue;
        }
        let case = |what: &str| format!("conformance::{language}_{starter}_{what}");
        for (revision, scenarios) in REVISIONS {
            trials.push(trial(case(revision), move || {
                conformance(language, starter, revision, scenarios)
            }));
        }
        trials.push(trial(case("is_listed_strictly"), move || {
            strict_lists(language, starter)
        }));
        trials.push(trial(case("completes_nothing_unknown"), move || {
            unknown_reference(language, starter)
        }));
    }
    trials
}

/// Whether the language has what a tag stands for.
pub fn offers(language: Language, tag: &str) -> bool {
    let templates = template::embedded().expect("the embedded templates load");
    let template = template::find(&templates, &language.to_string()).expect("a template");
    !template.manifest().lacks.iter().any(|lacked| lacked == tag)
}

/// The project without authentication.
pub fn project(language: Language, starter: &str) -> Result<Project> {
    let options = [("starter", starter), ("transport", "both")];
    language.project("conformance", &format!("conforming-{starter}"), &options)
}

/// A server with at least one resource.
fn serve(language: Language, starter: &str) -> Result<(Server, u16)> {
    let port = free_port()?;
    let mut command = language.server(&project(language, starter)?)?;
    command.env("MCP_TRANSPORT", "http");
    command.env("MCP_PORT", port.to_string());
    command.env("MCP_LOG", "error");
    command.env("MCP_DATABASE_SEED", "true");
    let server = Server::start(&mut command, port)?;
    if starter == "notes" {
        // It begins with none.
        let note = json!({"name": "add-note", "arguments": {"name": "a", "content": "b"}});
        http::exchange(port, &http::request("tools/call", "add-note", note))?;
    }
    Ok((server, port))
}

fn conformance(
    language: Language,
    starter: &str,
    revision: &str,
    scenarios: &[&str],
) -> Result<()> {
    let (server, _) = serve(language, starter)?;
    for scenario in scenarios {
        let results = tempfile::tempdir()?;
        let mut command = node()?;
        command.arg(tool("node", "node_modules/.bin/conformance")?);
        command.args(["server", "--url", &server.url, "--scenario", scenario]);
        command.args(["--spec-version", revision, "--output-dir"]);
        // Its exit code knows nothing of warnings; a run that says nothing leaves no file.
        drop(run(command.arg(results.path())));
        judge(&checks(results.path())?).with_context(|| format!("{scenario} at {revision}"))?;
    }
    Ok(())
}

/// What the suite wrote of its only scenario.
fn checks(results: &Path) -> Result<Vec<Value>> {
    let folder = fs::read_dir(results)?.next().context("no results")??;
    let text = fs::read_to_string(folder.path().join("checks.json"))?;
    Ok(serde_json::from_str(&text)?)
}

fn judge(checks: &[Value]) -> Result<()> {
    ensure!(!checks.is_empty(), "nothing was checked");
    for check in checks {
        let passed =
            ["SUCCESS", "INFO", "SKIPPED"].contains(&check["status"].as_str().unwrap_or_default());
        // Said of checks for which a server must have a tool that the suite knows by name. mcp has a failed result for a tool
        // that is not there, which the suite takes for one that was executed.
        let message = check["errorMessage"].as_str().unwrap_or_default();
        let absent = [
            "Not testable",
            "Server executed 'test_missing_capability'",
            "Mutated the ",
        ];
        let absent = absent.iter().any(|start| message.starts_with(start));
        ensure!(passed || absent, "{check:#}");
    }
    Ok(())
}

fn strict_lists(language: Language, starter: &str) -> Result<()> {
    let (server, _) = serve(language, starter)?;
    let methods: [&[&str]; 4] = [
        &["tools/list", "--strict"],
        &["resources/list"],
        &["resources/templates/list"],
        &["prompts/list"],
    ];
    for era in ["legacy", "modern"] {
        for method in methods {
            let mut command = node()?;
            command.arg(tool("node", "node_modules/.bin/mcp-inspector")?);
            command.args(["--cli", "--transport", "http", "--format", "json"]);
            command.args(["--server-url", &server.url, "--protocol-era", era]);
            let listed = run(command.args(["--quiet", "--method"]).args(method))?;
            let listed: Value = serde_json::from_str(&listed)?;
            let lists = listed["result"].as_object().context("no result")?.values();
            let some = lists
                .filter_map(Value::as_array)
                .any(|list| !list.is_empty());
            ensure!(some, "{method:?}: {listed}");
        }
    }
    Ok(())
}

/// As the specification has it: what is not known has no values.
fn unknown_reference(language: Language, starter: &str) -> Result<()> {
    let (_server, port) = serve(language, starter)?;
    for reference in [
        json!({"type": "ref/prompt", "name": "no-such-prompt"}),
        json!({"type": "ref/resource", "uri": "no://such/{template}"}),
    ] {
        let params = json!({"ref": reference, "argument": {"name": "a", "value": ""}});
        let response = http::exchange(port, &http::request("completion/complete", "", params))?;
        let values = http::message(&response)?["result"]["completion"]["values"].take();
        ensure!(values == json!([]), "{reference}: {response}");
    }
    Ok(())
}
