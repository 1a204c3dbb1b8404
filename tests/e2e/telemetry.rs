//! What a server sends to a collector, decoded by the Python implementation of the protocol, while the Python SDK's client tells
//! it of the trace that it is in.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::conformance::offers;
use crate::language::Language;
use crate::support::{Server, free_port, run, tool};
use crate::third_party::{ERAS, script};
use crate::trial;

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for language in Language::ALL {
        if !offers(language, "otlp") {
            continue;
        }
        for era in ERAS {
            let case = |transport: &str| {
                format!("telemetry::a_trace_goes_on_in_{language}_over_{transport}_{era}")
            };
            trials.push(trial(case("stdio"), move || over_stdio(language, era)));
            trials.push(trial(case("http"), move || over_http(language, era)));
        }
    }
    trials
}

fn server(language: Language) -> Result<Command> {
    let options = [("telemetry", "otlp")];
    let project = language.project("telemetry", "traced-notes", &options)?;
    language.server(&project)
}

fn over_stdio(language: Language, era: &str) -> Result<()> {
    let command = server(language)?;
    let mut collector = Collector::start()?;
    let arguments = command.get_args().map(OsStr::to_string_lossy);
    let target = json!({
        "command": command.get_program().to_string_lossy(),
        "args": arguments.collect::<Vec<_>>(),
        "env": {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint},
    });
    call(era, &target)?;
    collector.expect()
}

fn over_http(language: Language, era: &str) -> Result<()> {
    let mut command = server(language)?;
    let mut collector = Collector::start()?;
    let port = free_port()?;
    command
        .env("MCP_TRANSPORT", "http")
        .env("MCP_PORT", port.to_string())
        .env("MCP_LOG", "error")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint)
        .env("OTEL_METRIC_EXPORT_INTERVAL", "1000");
    let server = Server::start(&mut command, port)?;
    call(era, &json!({"url": server.url}))?;
    collector.expect()
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0b9902b7";

fn call(era: &str, target: &Value) -> Result<()> {
    let mut command = Command::new(tool("mcp-client", "bin/python")?);
    command.arg(script("traced.py")).arg(era);
    run(command.arg(target.to_string()).args([TRACE, SPAN]))?;
    Ok(())
}

/// A collector that ends with the value.
struct Collector {
    child: Child,
    lines: BufReader<ChildStdout>,
    endpoint: String,
}

impl Collector {
    fn start() -> Result<Self> {
        let mut command = Command::new(tool("collector", "bin/python")?);
        command.arg(script("collector.py")).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().context("its standard output")?;
        let mut collector = Self {
            child,
            lines: BufReader::new(stdout),
            endpoint: String::new(),
        };
        let told = collector.next()?;
        told["endpoint"]
            .as_str()
            .context("an address")?
            .clone_into(&mut collector.endpoint);
        Ok(collector)
    }

    fn next(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.lines.read_line(&mut line)?;
        serde_json::from_str(&line).with_context(|| format!("not a line of JSON: {line}"))
    }

    /// Wait for the span of the call, and for its duration.
    fn expect(&mut self) -> Result<()> {
        let (mut span, mut duration) = (None, None);
        while span.is_none() || duration.is_none() {
            let told = self.next()?;
            let attributes = &told["attributes"];
            let of_call = attributes["mcp.method.name"] == "tools/call";
            if attributes["gen_ai.tool.name"] == "add-note" && told["span"].is_string() {
                span = Some(told);
            } else if of_call && told["metric"] == "mcp.server.operation.duration" {
                duration = Some(told);
            }
        }
        let span = span.context("a span")?;
        let expected = json!({
            "span": "tools/call add-note",
            "kind": "SPAN_KIND_SERVER",
            "trace": TRACE,
            "parent": SPAN,
            "service": "traced-notes",
        });
        for (key, value) in expected.as_object().into_iter().flatten() {
            ensure!(span[key] == *value, "{key} is not {value}: {span}");
        }
        let attributes = &span["attributes"];
        ensure!(attributes["mcp.method.name"] == "tools/call", "{span}");
        Ok(())
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        // It may be gone already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
