//! `check --host`: every server that a host's file starts or names. Reads; writes nothing.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::{
    cli::check::CheckArgs,
    edit::{data::Data, json, toml, yaml},
    error::{Code, Failure},
    hosts::{self, Format, HOSTS, Host, Scope, places::Machine},
    probe::{Endpoint, Headers, Launch, Options, Policy, Target, shown},
    ui::{BOLD, Ui},
};

/// A server in a host's file: how to reach it, or why it is not tried.
struct Listed {
    name: String,
    target: Result<Target, String>,
}

/// Check the servers of these hosts, each on its own.
///
/// # Errors
///
/// A usage failure for a host without a file, exit code 4 when a server failed.
pub fn run(args: &CheckArgs, options: &Options, policy: &Policy, ui: Ui) -> Result<()> {
    let machine = Machine::here();
    let (mut values, mut failed, mut tried) = (Vec::new(), 0, 0);
    for host in wanted(&args.hosts) {
        for file in machine.files(host, Scope::User, Path::new("."), "")? {
            let Some(servers) = read(host, &file)? else {
                continue;
            };
            for Listed { name, target } in servers {
                let label = format!("{}, `{}`", host.title, shown(&name));
                let mut value = json!({"host": host.id, "name": name});
                match target {
                    Err(reason) => {
                        ui.result(&format!("{BOLD}{label}{BOLD:#}: skipped: {reason}"));
                        value["skipped"] = reason.into();
                    }
                    Ok(target) => {
                        tried += 1;
                        let mut report = super::probe(&[target], options, ui)?;
                        report.apply(policy);
                        let fails = report.failed(args.strict);
                        failed += usize::from(fails);
                        let verdict = if fails { "FAILED" } else { "passed" };
                        let summary = report.summary();
                        ui.result(&format!("{BOLD}{label}{BOLD:#}: {verdict}: {summary}"));
                        if fails || ui.verbose() {
                            ui.result(&report.table(ui.verbose()));
                        }
                        value["report"] =
                            serde_json::to_value(&report).context("cannot print the report")?;
                    }
                }
                values.push(value);
            }
        }
    }
    ui.value(&json!({"passed": failed == 0, "servers": values}));
    if failed > 0 {
        let message = format!("{failed} of {tried} servers failed the check");
        return Err(Failure::new(Code::CheckFailed, message).into());
    }
    if values.is_empty() {
        let failure = Failure::usage("no server is listed in the files of these hosts");
        return Err(failure
            .hint("see `create-mcp-server list` for the hosts on this machine")
            .into());
    }
    ui.done(&format!(
        "{tried} of {} servers tried, all passed",
        values.len()
    ));
    Ok(())
}

fn wanted(ids: &[String]) -> Vec<&'static Host> {
    if ids.iter().any(|id| id == "all") {
        return HOSTS.iter().collect();
    }
    ids.iter().filter_map(|id| hosts::find(id)).collect()
}

/// The servers in a file; none if there is no file.
fn read(host: &Host, path: &PathBuf) -> Result<Option<Vec<Listed>>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        text => text.with_context(|| format!("cannot read `{}`", path.display()))?,
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let data = match host.format {
        Format::Json(dialect) => json::read(text, dialect),
        Format::Toml => toml::read(text),
        Format::Yaml => yaml::read(text),
    };
    let data = data.map_err(|problem| {
        Failure::failed(format!(
            "`{}`, line {}: {problem}",
            path.display(),
            problem.line
        ))
    })?;
    let Some(Data::Map(servers)) = data.at(host.servers) else {
        return Ok(Some(Vec::new()));
    };
    let variable = |name: &str| std::env::var(name).ok();
    let listed = servers.iter().map(|(name, entry)| Listed {
        name: name.clone(),
        target: target(host, &entry.into(), &variable),
    });
    Ok(Some(listed.collect()))
}

type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

fn target(host: &Host, entry: &Value, variable: Variable<'_>) -> Result<Target, String> {
    if entry["disabled"] == true || entry["enabled"] == false {
        return Err("it is switched off".to_owned());
    }
    let url = host.http.as_ref().and_then(|http| entry[http.url].as_str());
    if let Some(url) = url {
        return http(entry, &filled(url, variable)?, variable);
    }
    let words: Vec<&str> = match &entry["command"] {
        Value::String(program) => {
            let arguments = entry["args"].as_array().into_iter().flatten();
            let arguments = arguments.filter_map(Value::as_str);
            std::iter::once(program.as_str()).chain(arguments).collect()
        }
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
        _ => return Err("its entry names neither a command nor an address".to_owned()),
    };
    let words: Vec<String> = words
        .into_iter()
        .map(|word| filled(word, variable))
        .collect::<Result<_, _>>()?;
    let mut launch = Launch::new(words.into_iter().map(Into::into).collect());
    launch.cwd = entry["cwd"].as_str().map(PathBuf::from);
    for (name, value) in entry[host.stdio.env].as_object().into_iter().flatten() {
        let value = filled(value.as_str().unwrap_or_default(), variable)?;
        launch.env.push((name.into(), value.into()));
    }
    let named = entry["env_vars"].as_array().into_iter().flatten();
    for name in named.filter_map(Value::as_str) {
        variable(name).ok_or_else(|| unset(name))?;
    }
    Ok(Target::Stdio(launch))
}

fn http(entry: &Value, url: &str, variable: Variable<'_>) -> Result<Target, String> {
    if entry["type"] == "sse" {
        return Err(
            "it speaks the old HTTP+SSE transport, which current clients do not open".to_owned(),
        );
    }
    let mut lines = Vec::new();
    for key in ["headers", "http_headers"] {
        for (name, value) in entry[key].as_object().into_iter().flatten() {
            let value = filled(value.as_str().unwrap_or_default(), variable)?;
            lines.push(format!("{name}: {value}"));
        }
    }
    if let Some(name) = entry["bearer_token_env_var"].as_str() {
        let token = variable(name).ok_or_else(|| unset(name))?;
        lines.push(format!("Authorization: Bearer {token}"));
    }
    let headers = Headers::parse(&lines).map_err(|failure| failure.message().to_owned())?;
    let endpoint = Endpoint::parse(url, headers);
    endpoint
        .map(Target::Http)
        .map_err(|failure| failure.message().to_owned())
}

fn unset(name: &str) -> String {
    format!("the variable `{}` is not set", shown(name))
}

/// `${NAME}`, `${env:NAME}`, `{env:NAME}` and `${NAME:-default}`, from the environment.
fn filled(text: &str, variable: Variable<'_>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    let next = |rest: &str| {
        [rest.find("${"), rest.find("{env:")]
            .into_iter()
            .flatten()
            .min()
    };
    while let Some(at) = next(rest) {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let inner = after.strip_prefix('$').unwrap_or(after);
        let Some((inside, tail)) = inner[1..].split_once('}') else {
            rest = after;
            break;
        };
        if inside.starts_with("input:") {
            return Err(format!("the app asks for `{}`", shown(inside)));
        }
        let inside = inside.strip_prefix("env:").unwrap_or(inside);
        let (name, default) = inside
            .split_once(":-")
            .map_or((inside, None), |(name, default)| (name, Some(default)));
        let value = variable(name).or_else(|| default.map(str::to_owned));
        out.push_str(&value.ok_or_else(|| unset(name))?);
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<String> {
        (name == "TOKEN").then(|| "secret".to_owned())
    }

    fn tried(id: &str, entry: &Value) -> Result<String, String> {
        let host = hosts::find(id).unwrap();
        target(host, entry, &variable).map(|target| match target {
            Target::Stdio(launch) => format!("{:?} {:?}", launch.command, launch.env),
            target => target.transport().to_owned(),
        })
    }

    #[test]
    fn placeholders_are_filled_from_the_environment() {
        let fill = |text| filled(text, &variable);
        assert_eq!(
            fill("a${TOKEN}b${env:TOKEN}{env:TOKEN}").unwrap(),
            "asecretbsecretsecret"
        );
        assert_eq!(fill("${OTHER:-x}$").unwrap(), "x$");
        assert_eq!(
            fill("${OTHER}").unwrap_err(),
            "the variable `OTHER` is not set"
        );
        assert!(fill("${input:key}").unwrap_err().contains("asks for"));
    }

    #[test]
    fn entries_of_each_shape_are_understood() {
        let split = json!({"command": "npx", "args": ["-y", "x"], "env": {"A": "${env:TOKEN}"}});
        assert_eq!(
            tried("cursor", &split).unwrap(),
            r#"["npx", "-y", "x"] [("A", "secret")]"#
        );
        let url = json!({"url": "http://127.0.0.1:1/mcp", "headers": {"Authorization": "Bearer ${env:TOKEN}"}});
        assert_eq!(tried("cursor", &url).unwrap(), "http");
        let named = json!({"url": "http://127.0.0.1:1/mcp", "bearer_token_env_var": "OTHER"});
        assert_eq!(
            tried("codex", &named).unwrap_err(),
            "the variable `OTHER` is not set"
        );
        assert!(tried("cursor", &json!({})).unwrap_err().contains("neither"));
        let off = json!({"command": "x", "disabled": true});
        assert_eq!(tried("cursor", &off).unwrap_err(), "it is switched off");
    }
}
