//! Says what a deviation means: whether an official client rejects it, and whose it is. Pure.
//!
//! What the clients do was tried on each: `tests/fixtures/bad_servers/planted.jsonl` records it.

use serde_json::Value;

use super::{
    report::Finding,
    shape::{Deviation, Kind, judge_notification, judge_result},
    tape::Said,
    text,
};

/// What is wrong with the result of `method`.
pub(super) fn result(method: &str, revision: &str, result: &Value) -> Vec<Finding> {
    judge_result(method, revision, result)
        .into_iter()
        .map(|deviation| {
            let code = code(method, &deviation);
            let owner = owner(&deviation.path, result);
            let subject = owner.map_or_else(|| method.to_owned(), |(kind, name)| named(kind, name));
            let of = owner.map_or_else(String::new, |(_, name)| {
                format!(" of `{}`", text::shown(name, text::NAME))
            });
            finding(code, subject, &of, &deviation)
        })
        .collect()
}

/// What is wrong with what the server says by itself; no client rejects it.
pub(super) fn notification(said: &Said, revision: &str) -> Vec<Finding> {
    if said.is_request {
        return Vec::new();
    }
    let method = text::shown(&said.method, text::NAME);
    let deviations = judge_notification(&said.method, revision, &said.params);
    deviations
        .iter()
        .map(|deviation| finding("loose-shape", method.clone(), "", deviation))
        .collect()
}

fn finding(code: &'static str, subject: String, of: &str, deviation: &Deviation) -> Finding {
    let Deviation {
        path, want, found, ..
    } = deviation;
    // The Python SDK takes `null` for what may be left out, and reads numbers and booleans from strings.
    let is_plain = want.ends_with(" number") || want.ends_with(" boolean");
    let who = match (code, deviation.kind) {
        ("shape", Kind::Missing) if path == "content" => "official Python clients reject ",
        ("shape", Kind::Null) | ("base64", _) => "official TypeScript clients reject ",
        ("shape", _) if is_plain => "official TypeScript clients reject ",
        ("shape", _) => "official clients reject ",
        _ => "",
    };
    let message = format!("{who}`{path}`{of}: it {want}, but {found}");
    Finding::new(code, subject, message).at(path.clone())
}

/// What the deviation counts as.
fn code(method: &str, deviation: &Deviation) -> &'static str {
    match deviation.kind {
        Kind::Uri => "uri",
        Kind::Base64 => "base64",
        _ if method == "server/discover" && is_envelope(&deviation.path) => "loose-shape",
        _ => "shape",
    }
}

/// Members that say how an answer is to be taken, not what it is; clients do not look at them in a discovery.
fn is_envelope(path: &str) -> bool {
    matches!(path, "ttlMs" | "cacheScope" | "resultType") || path.starts_with("_meta.")
}

/// The kind and the name of the primitive that `path` leads into.
fn owner<'a>(path: &str, result: &'a Value) -> Option<(&'static str, &'a str)> {
    let (list, rest) = path.split_once('[')?;
    let index: usize = rest.split_once(']')?.0.parse().ok()?;
    let (kind, key) = match list {
        "tools" => ("tool", "name"),
        "resources" => ("resource", "uri"),
        "resourceTemplates" => ("resource template", "uriTemplate"),
        "prompts" => ("prompt", "name"),
        _ => return None,
    };
    Some((kind, result[list][index][key].as_str()?))
}

/// ``tool `add-note` ``.
pub(super) fn named(kind: &str, name: &str) -> String {
    format!("{kind} `{}`", text::shown(name, text::NAME))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_names_the_clients_the_place_and_the_primitive() {
        let tools = json!({"tools": [{"name": "search", "inputSchema": {"type": "array"}}]});
        let found = result("tools/list", "2025-11-25", &tools);
        let expected = "official clients reject `tools[0].inputSchema.type` of `search`: it must be `object`, but is the \
                        string `array`";
        assert_eq!(found[0].message, expected);
        assert_eq!(found[0].subject, "tool `search`");
        assert_eq!(found[0].path.as_deref(), Some("tools[0].inputSchema.type"));
    }

    #[test]
    fn a_hostile_name_is_escaped() {
        let tools = json!({"tools": [{"name": "\u{1b}[2J", "inputSchema": null}]});
        let found = result("tools/list", "2025-11-25", &tools);
        assert!(found.iter().all(|it| !format!("{it:?}").contains('\u{1b}')));
    }
}
