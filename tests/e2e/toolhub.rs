//! Programs of other people against a `toolhub` server on `SQLite`, over stdio and HTTP, in both eras.

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::hosts;
use crate::language::Language;
use crate::support::{Project, Server, free_port, tool};
use crate::third_party::{self, Client, ERAS, node, python_script, report, typescript_script};
use crate::trial;

const CLIENTS: [(&str, Client); 2] = [
    ("python", |era, target| {
        python_script("toolhub.py", era, target)
    }),
    ("typescript", |era, target| {
        typescript_script("toolhub.mjs", era, target)
    }),
];

pub fn trials() -> Vec<Trial> {
    let pairs = Language::ALL.map(|language| ERAS.map(|era| of(language, era)));
    pairs.into_iter().flatten().flatten().collect()
}

fn of(language: Language, era: &'static str) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, client) in CLIENTS {
        let case = |transport: &str| format!("toolhub::{name}_over_{transport}_{language}_{era}");
        trials.push(trial(case("stdio"), move || {
            over_stdio(language, era, client)
        }));
        trials.push(trial(case("http"), move || {
            over_http(language, era, client)
        }));
    }
    let inspected = format!("toolhub::inspector_{language}_{era}");
    trials.push(trial(inspected, move || inspect(language, era)));
    trials
}

fn project(language: Language) -> Result<Project> {
    language.project("third-party", "toolhub-server", &[("starter", "toolhub")])
}

/// One connection, which a query can keep busy for longer than a test waits.
const SETTINGS: [(&str, &str); 2] = [
    ("MCP_DATABASE_CONNECTIONS", "1"),
    ("MCP_QUERY_TIMEOUT_SECONDS", "50"),
];

/// As the project's file for hosts says, sample data included.
fn over_stdio(language: Language, era: &str, client: Client) -> Result<()> {
    let mut target = hosts::project_file(&project(language)?.dir)?;
    for (name, value) in SETTINGS {
        target["env"][name] = json!(value);
    }
    expect(era, &client(era, &target)?)
}

fn over_http(language: Language, era: &str, client: Client) -> Result<()> {
    let port = free_port()?;
    let mut command = language.server(&project(language)?)?;
    command.envs(SETTINGS).args(["--transport", "http"]);
    command.args(["--database-seed", "--log", "error"]);
    let server = Server::start(command.env("MCP_PORT", port.to_string()), port)?;
    expect(era, &client(era, &json!({"url": server.url}))?)
}

fn expect(era: &str, report: &Value) -> Result<()> {
    let expected = json!({
        "protocol": third_party::protocol(era),
        "tools": ["get_order", "list_orders", "ping", "run_query"],
        "read_only": true,
        "ping": "ok",
        "pages": 3,
        "orders": 12,
        "order": "delivered",
        "rows": [[5]],
        "interrupted": true,
        "skus": ["SKU-001", "SKU-002", "SKU-003", "SKU-004", "SKU-005", "SKU-006"],
        "tones": ["formal", "friendly"],
        "resources": ["catalog://all"],
        "templates": ["catalog://item/{sku}"],
        "items": 6,
        "item": "Office chair",
        "prompts": ["order_summary", "test_plan"],
        "prompt": true,
        "refused": true,
        "absent": third_party::absent_code(era, report),
    });
    ensure!(
        *report == expected,
        "expected {expected}\nreported {report}"
    );
    Ok(())
}

/// The Inspector's strict listing, and a call of each tool.
fn inspect(language: Language, era: &str) -> Result<()> {
    let servers = json!({"mcpServers": {"server": hosts::project_file(&project(language)?.dir)?}});
    let config = tempfile::Builder::new().suffix(".json").tempfile()?;
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
    call(&["tools/list", "--strict"])?;
    for method in ["resources/list", "resources/templates/list", "prompts/list"] {
        call(&[method])?;
    }
    for arguments in [
        &["ping"][..],
        &["get_order", "--tool-arg", "order_id=ORD-1001"],
        &["list_orders", "--tool-arg", "status=pending", "limit=2"],
        &["run_query", "--tool-arg", "sql=SELECT count(*) FROM orders"],
    ] {
        let called = call(&[&["tools/call", "--tool-name"], arguments].concat())?;
        ensure!(called["structuredContent"].is_object(), "{called}");
    }
    Ok(())
}
