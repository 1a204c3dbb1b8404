//! Looks for what a model can mistake for each other. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    super::{
        judge::named,
        report::{Finding, Findings},
    },
    text,
};

/// Names that are the same, and those that a model can mistake for each other.
pub(super) fn duplicates(kind: &'static str, names: &[&str], findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    let mut plain: BTreeMap<String, &str> = BTreeMap::new();
    for name in names {
        if !seen.insert(name) {
            let message = "it is listed more than once";
            findings.add(Finding::new("duplicate-name", named(kind, name), message));
            continue;
        }
        if kind != "tool" && kind != "prompt" {
            continue;
        }
        let bare = name.to_lowercase().replace(['_', '-'], "");
        if let Some(other) = plain.insert(bare, name) {
            let message = format!("only case, `_` or `-` tell it from {}", named(kind, other));
            findings.add(Finding::new("similar-name", named(kind, name), message));
        }
    }
}

pub(super) fn same_descriptions(tools: &[Value], findings: &mut Findings) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for tool in tools {
        let (name, description) = (text(tool, "name"), text(tool, "description").trim());
        if description.is_empty() {
            continue;
        }
        if let Some(other) = seen
            .insert(description, name)
            .filter(|other| *other != name)
        {
            let message = format!("it has the description of {}", named("tool", other));
            findings.add(Finding::new(
                "same-description",
                named("tool", name),
                message,
            ));
        }
    }
}
