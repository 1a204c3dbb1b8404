//! How a host starts a generated project: read from the very files that the project carries for hosts.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use crate::python;
use crate::support::generated;

/// The entry of the only server in `.mcp.json`, as the clients' scripts take it.
///
/// Its hosts run it in the project's folder.
pub fn project_file(dir: &Path) -> Result<Value> {
    let mut entry = entry(&dir.join(".mcp.json"), "mcpServers")?;
    if entry.contains_key("command") {
        entry.insert("cwd".to_owned(), json!(dir));
    }
    Ok(Value::Object(entry))
}

/// The entry in `.vscode/mcp.json`, its variables expanded; run in a folder that is not the project's, as an editor may.
pub fn editor_file(dir: &Path) -> Result<Value> {
    let mut entry = entry(&dir.join(".vscode/mcp.json"), "servers")?;
    let folder = dir.to_str().context("a UTF-8 path")?;
    for value in entry.values_mut() {
        expand(value, folder);
    }
    if entry.contains_key("command") {
        entry.insert("cwd".to_owned(), json!(generated()));
    }
    Ok(Value::Object(entry))
}

fn entry(path: &Path, key: &str) -> Result<Map<String, Value>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let value: Value = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    let servers = value[key].as_object().context("no servers")?;
    let (_, entry) = servers.iter().next().context("no server")?;
    let mut entry = entry.as_object().context("not an object")?.clone();
    entry.remove("type");
    if entry.contains_key("command") {
        let env = entry.entry("env").or_insert_with(|| json!({}));
        inherit(env.as_object_mut().context("`env` is no object")?);
    }
    Ok(entry)
}

/// A host passes its environment on; the SDKs' clients pass a few variables only, and cargo or uv may need these.
fn inherit(env: &mut Map<String, Value>) {
    for (key, value) in python::variables() {
        env.entry(key).or_insert_with(|| json!(value));
    }
    for key in [
        "PATH",
        "HOME",
        "CARGO_HOME",
        "RUSTUP_HOME",
        "RUSTUP_TOOLCHAIN",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ] {
        if let Ok(value) = std::env::var(key) {
            env.entry(key).or_insert_with(|| json!(value));
        }
    }
}

fn expand(value: &mut Value, folder: &str) {
    match value {
        Value::String(text) => *text = text.replace("${workspaceFolder}", folder),
        Value::Array(items) => items.iter_mut().for_each(|item| expand(item, folder)),
        Value::Object(map) => map.values_mut().for_each(|item| expand(item, folder)),
        _ => {}
    }
}
