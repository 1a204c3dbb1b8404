//! Wire parity: the servers of one starter in every language are the same server. Each is asked the same, over each transport
//! and in each era, and what comes back must be equal but for the exceptions that `exceptions` gives a reason for. Of what is
//! refused, only that it is refused is compared.
//!
//! HTTP's status of an error is not compared: rmcp sends 200 with the errors of handlers, and mcp 400.

mod exceptions;
mod script;
mod wire;

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::conformance::offers;
use crate::language::Language;
use crate::third_party::ERAS;
use crate::trial;
use script::{Script, Step};
use wire::{Http, Pipes, Wire};

pub const REVISION: &str = "2026-07-28";

type Starter = (&'static str, fn() -> Script);

const STARTERS: [Starter; 3] = [
    ("minimal", script::minimal),
    ("notes", script::notes),
    ("toolhub", script::toolhub),
];

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (starter, script) in STARTERS {
        if !Language::ALL.iter().all(|it| offers(*it, starter)) {
            continue;
        }
        for transport in ["stdio", "http"] {
            for era in ERAS {
                let name = format!("parity::{starter}_over_{transport}_{era}");
                trials.push(trial(name, move || {
                    is_the_same(starter, &script(), transport, era)
                }));
            }
        }
    }
    trials
}

/// What was asked, and what came of it.
type Exchange = (Value, Vec<Value>);

fn is_the_same(starter: &str, script: &Script, transport: &str, era: &str) -> Result<()> {
    let mut played = Vec::new();
    for language in Language::ALL {
        let exchanges = play(language, starter, script, transport, era);
        played.push(exchanges.with_context(|| format!("the {language} server"))?);
    }
    let (first, rest) = played.split_first().context("no language")?;
    let mut differences = Vec::new();
    for (language, other) in Language::ALL.iter().skip(1).zip(rest) {
        ensure!(first.len() == other.len(), "{language} ended early");
        for ((asked, expected), (_, came)) in first.iter().zip(other) {
            let first = Language::ALL[0];
            if let Some((at, expected, came)) = difference(&json!(expected), &json!(came)) {
                let [asked, expected, came] = [asked, &expected, &came].map(shown);
                differences.push(format!(
                    "{asked} {at}\n  {first}: {expected}\n  {language}: {came}"
                ));
            }
        }
    }
    ensure!(differences.is_empty(), "\n{}", differences.join("\n"));
    Ok(())
}

/// Where two values differ first, and how.
fn difference(left: &Value, right: &Value) -> Option<(String, Value, Value)> {
    let below = |at: String, left: &Value, right: &Value| {
        let (path, left, right) = difference(left, right)?;
        Some((format!("/{at}{path}"), left, right))
    };
    match (left, right) {
        (Value::Object(ours), Value::Object(theirs)) if ours.keys().eq(theirs.keys()) => {
            let mut pairs = ours.iter().zip(theirs.values());
            pairs.find_map(|((key, ours), theirs)| below(key.clone(), ours, theirs))
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            let mut pairs = ours.iter().zip(theirs).enumerate();
            pairs.find_map(|(at, (ours, theirs))| below(at.to_string(), ours, theirs))
        }
        _ => (left != right).then(|| (String::new(), left.clone(), right.clone())),
    }
}

/// The start of what may be very long.
fn shown(value: &Value) -> String {
    value.to_string().chars().take(1500).collect()
}

fn play(
    language: Language,
    starter: &str,
    script: &Script,
    transport: &str,
    era: &str,
) -> Result<Vec<Exchange>> {
    // The name is the same, as it is on the wire.
    let options = [("starter", starter), ("transport", "both")];
    let project = language.project("parity", &format!("parity-{starter}"), &options)?;
    let mut command = language.server(&project)?;
    command.env("MCP_DATABASE_SEED", "true");
    command.env("MCP_LOG", "error");
    command.env("MCP_QUERY_TIMEOUT_SECONDS", "50");
    let wire: Box<dyn Wire> = match transport {
        "http" => Box::new(Http::start(command)?),
        _ => Box::new(Pipes::start(command)?),
    };
    let legacy = era == "legacy";
    let mut session = Session {
        wire,
        legacy,
        exchanges: Vec::new(),
    };
    session.open(script.changes)?;
    for step in &script.steps {
        session.ask(step).with_context(|| format!("{step:?}"))?;
    }
    if script.changes {
        session.hear()?;
    }
    Ok(session.exchanges)
}

struct Session {
    wire: Box<dyn Wire>,
    legacy: bool,
    exchanges: Vec<Exchange>,
}

impl Session {
    fn open(&mut self, listens: bool) -> Result<()> {
        if self.legacy {
            let client = json!({"name": "parity", "version": "1"});
            let params =
                json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
            self.ask(&Step::new("initialize", params))?;
            let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
            self.wire.tell(&initialized)?;
            // Newer revisions have none; rmcp answers it all the same as long as nothing else was asked.
            self.ask(&Step::new("ping", json!({})))?;
        } else {
            self.ask(&Step::new("server/discover", json!({})))?;
        }
        if listens {
            let notifications = json!({"resourcesListChanged": true});
            let listen = Step::new(
                "subscriptions/listen",
                json!({"notifications": notifications}),
            );
            let request = (!self.legacy).then(|| self.request(&listen));
            self.wire.listen(request.as_ref())?;
            if request.is_some() {
                // What is accepted.
                self.hear()?;
            }
        }
        Ok(())
    }

    fn request(&self, step: &Step) -> Value {
        let mut params = step.params.clone();
        if !self.legacy {
            let mut meta = json!({
                "io.modelcontextprotocol/protocolVersion": REVISION,
                "io.modelcontextprotocol/clientInfo": {"name": "parity", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {},
            });
            if let Some(token) = params["_meta"].get("progressToken") {
                meta["progressToken"] = token.clone();
            }
            params["_meta"] = meta;
        }
        let id = self.exchanges.len();
        json!({"jsonrpc": "2.0", "id": id, "method": step.method, "params": params})
    }

    fn ask(&mut self, step: &Step) -> Result<()> {
        let request = self.request(step);
        let mut came = self.wire.ask(&request)?;
        for message in &mut came {
            exceptions::apply(message);
        }
        came.dedup();
        self.exchanges
            .push((json!([step.method, step.params]), came));
        Ok(())
    }

    /// What the server says next unasked.
    fn hear(&mut self) -> Result<()> {
        let message = self.wire.unasked()?;
        self.exchanges.push((json!("unasked"), vec![message]));
        Ok(())
    }
}
