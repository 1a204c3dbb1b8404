//! Looks at a server as a model and a reviewer see it: names, descriptions, annotations, schemas, cost. Pure.

mod cost;
mod names;
mod parameters;
mod texts;

use serde_json::Value;

use super::{
    judge::named,
    report::{Finding, Findings},
    schema,
    surface::Surface,
};

pub use cost::Cost;
pub(super) use cost::cost;
pub(super) use texts::result as lint_result;

/// The longest tool name that every host accepts.
const MAX_TOOL_NAME: usize = 64;
/// Beyond it, models choose badly and some hosts cut the list.
const MAX_TOOLS: usize = 40;
/// Characters of a description that a model can be expected to read each time.
const MAX_DESCRIPTION: usize = 2000;

/// Parts of names that promise harm.
const DESTRUCTIVE: [&str; 9] = [
    "delete", "remove", "drop", "destroy", "purge", "wipe", "erase", "truncate", "kill",
];

pub(super) fn lint(surface: &Surface, findings: &mut Findings) {
    for (index, tool) in surface.tools.iter().enumerate() {
        lint_tool(tool, findings);
        for finding in schema::compiles(tool, index) {
            findings.add(finding);
        }
        parameters::lint(tool, index, findings);
    }
    for kind in KINDS {
        let entries = (kind.entries)(surface);
        let names: Vec<_> = entries.iter().map(|entry| text(entry, kind.key)).collect();
        names::duplicates(kind.name, &names, findings);
        for entry in entries {
            let subject = named(kind.name, text(entry, kind.key));
            describe(kind.code, subject.clone(), entry, findings);
            texts::lint(&subject, entry, findings);
        }
    }
    for prompt in &surface.prompts {
        let subject = named("prompt", text(prompt, "name"));
        for argument in prompt["arguments"].as_array().into_iter().flatten() {
            let name = named("argument", text(argument, "name"));
            let subject = format!("{subject}, {name}");
            describe("prompt-argument-description", subject, argument, findings);
        }
    }
    if let Some(instructions) = &surface.instructions {
        texts::lint_text("server", "instructions", instructions, findings);
    }
    names::same_descriptions(&surface.tools, findings);
    let number = surface.tools.len();
    if number > MAX_TOOLS {
        let message =
            format!("it has {number} tools, and models choose badly among more than {MAX_TOOLS}");
        findings.add(Finding::new("many-tools", "server", message));
    }
    for (capability, entries) in [
        ("tools", surface.tools.len()),
        ("prompts", surface.prompts.len()),
        (
            "resources",
            surface.resources.len() + surface.templates.len(),
        ),
    ] {
        let is_known = !surface.failed.contains(&capability);
        if is_known && surface.promises(capability) && entries == 0 {
            let message = format!("it says that it has {capability}, but lists none");
            findings.add(Finding::new("empty-capability", "server", message));
        }
    }
}

/// What all primitives of a kind have in common.
struct Kind {
    name: &'static str,
    /// The member that names one.
    key: &'static str,
    /// Of an entry without a description.
    code: &'static str,
    entries: fn(&Surface) -> &[Value],
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "tool",
        key: "name",
        code: "tool-description",
        entries: |it| &it.tools,
    },
    Kind {
        name: "prompt",
        key: "name",
        code: "prompt-description",
        entries: |it| &it.prompts,
    },
    Kind {
        name: "resource",
        key: "uri",
        code: "resource-description",
        entries: |it| &it.resources,
    },
    Kind {
        name: "resource template",
        key: "uriTemplate",
        code: "resource-template-description",
        entries: |it| &it.templates,
    },
];

/// A member that is a text, or nothing.
fn text<'a>(entry: &'a Value, key: &str) -> &'a str {
    entry[key].as_str().unwrap_or_default()
}

fn lint_tool(tool: &Value, findings: &mut Findings) {
    let name = text(tool, "name");
    let subject = named("tool", name);
    let mut find = |code, message: &str| {
        findings.add(Finding::new(code, subject.as_str(), message));
    };
    let length = name.chars().count();
    if length > MAX_TOOL_NAME {
        find(
            "tool-name-length",
            &format!("its name has {length} characters, and some hosts refuse more than 64"),
        );
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let is_text = tool["name"].is_string();
    if is_text && (name.is_empty() || !name.chars().all(is_plain)) {
        find(
            "tool-name-characters",
            "its name has characters outside `A-Z a-z 0-9 _ . -`, which some hosts refuse",
        );
    }
    let hint = |name: &str| tool["annotations"][name].as_bool();
    match (hint("readOnlyHint"), hint("destructiveHint")) {
        (None, _) => {
            find(
                "tool-annotations",
                "it does not say whether it only reads (`readOnlyHint`)",
            );
        }
        (Some(false), None) => {
            find(
                "tool-annotations",
                "it does not say whether it can destroy something (`destructiveHint`)",
            );
        }
        _ => {}
    }
    if hint("readOnlyHint") == Some(true) {
        if hint("destructiveHint") == Some(true) {
            let message = "it says both that it only reads and that it destroys";
            find("read-only-destructive", message);
        }
        let lower = name.to_ascii_lowercase();
        let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric());
        if let Some(word) = words.find(|word| DESTRUCTIVE.contains(word)) {
            let message = format!("it says that it only reads, but its name says `{word}`");
            find("destructive-name", &message);
        }
    }
}

fn describe(code: &'static str, subject: String, entry: &Value, findings: &mut Findings) {
    let description = text(entry, "description");
    if description.trim().is_empty() {
        findings.add(Finding::new(code, subject, "it has no description"));
    } else if description.chars().count() > MAX_DESCRIPTION {
        let length = description.chars().count();
        let message =
            format!("its description has {length} characters, which a model reads each time");
        findings.add(Finding::new("long-description", subject, message));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn codes(surface: &Surface) -> Vec<&'static str> {
        let mut findings = Findings::default();
        lint(surface, &mut findings);
        let (findings, _) = findings.into_parts();
        findings.iter().map(|finding| finding.code).collect()
    }

    fn tool(name: &str, description: &str, schema: &Value) -> Value {
        let hints = json!({"readOnlyHint": true});
        json!({"name": name, "description": description, "inputSchema": schema, "annotations": hints})
    }

    #[test]
    fn a_careful_server_has_no_findings() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "string", "description": "It."}}});
        let surface = Surface {
            capabilities: json!({"tools": {}, "prompts": {}, "resources": {}}),
            tools: vec![tool("a.tool_1-x", "Does it.", &schema)],
            prompts: vec![json!({"name": "p", "description": "Asks."})],
            resources: vec![json!({"uri": "x://1", "name": "one", "description": "One."})],
            ..Surface::default()
        };
        assert_eq!(codes(&surface), Vec::<&str>::new());
    }

    #[test]
    fn each_fault_of_a_tool_is_found() {
        let object = json!({"type": "object"});
        let find = |tool: Value| {
            codes(&Surface {
                tools: vec![tool],
                ..Surface::default()
            })
        };
        let long = "a".repeat(65);
        assert_eq!(find(tool(&long, "D.", &object)), ["tool-name-length"]);
        assert_eq!(find(tool(&long[..64], "D.", &object)), [""; 0]);
        assert_eq!(find(tool("näme", "D.", &object)), ["tool-name-characters"]);
        assert_eq!(find(tool("", "D.", &object)), ["tool-name-characters"]);
        assert_eq!(find(tool("a", "  ", &object)), ["tool-description"]);
        let undescribed = json!({"type": "object", "properties": {"x": {}, "y": true}});
        assert_eq!(
            find(tool("a", "D.", &undescribed)),
            ["tool-parameter-description"; 2]
        );
        let eraser = |hints: Value| {
            let mut tool = tool("drop_all", "D.", &object);
            tool["annotations"] = hints;
            find(tool)
        };
        let both = json!({"readOnlyHint": true, "destructiveHint": true});
        assert_eq!(eraser(both), ["destructive-name", "read-only-destructive"]);
        assert_eq!(eraser(json!({"readOnlyHint": true})), ["destructive-name"]);
        let long = "x".repeat(2001);
        assert_eq!(find(tool("a", &long, &object)), ["long-description"]);
        let mut silent = tool("a", "D.", &object);
        for hints in [json!({}), json!({"readOnlyHint": false})] {
            silent["annotations"] = hints;
            assert_eq!(find(silent.clone()), ["tool-annotations"]);
        }
    }

    #[test]
    fn what_a_model_mistakes_for_each_other_is_found() {
        let object = json!({"type": "object"});
        let find = |tools: Vec<Value>| {
            codes(&Surface {
                tools,
                ..Surface::default()
            })
        };
        let alike = ["get-note", "Get_Note"].map(|name| tool(name, name, &object));
        assert_eq!(find(alike.to_vec()), ["similar-name"]);
        let same = ["a", "b"].map(|name| tool(name, "D.", &object));
        assert_eq!(find(same.to_vec()), ["same-description"]);
        let many =
            (0..41).map(|number| tool(&format!("t{number}x"), &format!("{number}"), &object));
        assert_eq!(find(many.collect()), ["many-tools"]);
        let empty = Surface {
            capabilities: json!({"tools": {}, "prompts": {}}),
            prompts: vec![json!({"name": "p", "description": "Asks."})],
            ..Surface::default()
        };
        assert_eq!(codes(&empty), ["empty-capability"]);
    }

    #[test]
    fn duplicates_and_silent_prompts_and_resources_are_found() {
        let prompt = json!({"name": "p", "arguments": [{"name": "x"}]});
        let surface = Surface {
            prompts: vec![prompt.clone(), prompt],
            resources: vec![json!({"uri": "x://1", "name": "one"})],
            ..Surface::default()
        };
        assert_eq!(
            codes(&surface),
            [
                "duplicate-name",
                "prompt-argument-description",
                "prompt-description",
                "resource-description"
            ]
        );
    }

    #[test]
    fn a_hostile_name_is_escaped_in_the_finding() {
        let mut findings = Findings::default();
        let tools = vec![tool("\u{1b}[2J", "D.", &json!({"type": "object"}))];
        let surface = Surface {
            tools,
            ..Surface::default()
        };
        lint(&surface, &mut findings);
        assert_eq!(findings.into_parts().0[0].subject, "tool `\\u{1b}[2J`");
    }
}
