//! Looks at a server as a model sees it: names, descriptions, annotations, schemas. Pure.

use std::collections::BTreeSet;

use rmcp::model::{Prompt, Resource, ResourceTemplate, Tool};
use serde_json::{Map, Value};

use super::{
    report::{Finding, Findings},
    text,
};

/// The longest tool name that every host accepts.
const MAX_TOOL_NAME: usize = 64;

/// Everything a server lists.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    pub tools: Vec<Tool>,
    pub resources: Vec<Resource>,
    pub templates: Vec<ResourceTemplate>,
    pub prompts: Vec<Prompt>,
}

pub(super) fn lint(inventory: &Inventory, findings: &mut Findings) {
    inventory
        .tools
        .iter()
        .for_each(|tool| lint_tool(tool, findings));
    duplicates(
        "tool",
        inventory.tools.iter().map(|tool| tool.name.as_ref()),
        findings,
    );
    for resource in &inventory.resources {
        describe(
            "resource-description",
            named("resource", &resource.uri),
            resource.description.as_deref(),
            findings,
        );
    }
    duplicates(
        "resource",
        inventory
            .resources
            .iter()
            .map(|resource| resource.uri.as_str()),
        findings,
    );
    for template in &inventory.templates {
        let subject = named("resource template", &template.uri_template);
        describe(
            "resource-template-description",
            subject,
            template.description.as_deref(),
            findings,
        );
    }
    inventory
        .prompts
        .iter()
        .for_each(|prompt| lint_prompt(prompt, findings));
    duplicates(
        "prompt",
        inventory.prompts.iter().map(|prompt| prompt.name.as_str()),
        findings,
    );
}

/// ``tool `add-note` ``.
pub(super) fn named(kind: &str, name: &str) -> String {
    format!("{kind} `{}`", text::shown(name, text::NAME))
}

fn lint_tool(tool: &Tool, findings: &mut Findings) {
    let subject = named("tool", &tool.name);
    let mut find = |code, message: &str| {
        findings.add(Finding::new(code, subject.as_str(), message));
    };
    let length = tool.name.chars().count();
    if length > MAX_TOOL_NAME {
        find(
            "tool-name-length",
            &format!("its name has {length} characters, and some hosts refuse more than 64"),
        );
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if tool.name.is_empty() || !tool.name.chars().all(is_plain) {
        find(
            "tool-name-characters",
            "its name has characters outside `A-Z a-z 0-9 _ . -`, which some hosts refuse",
        );
    }
    match tool
        .annotations
        .as_ref()
        .map(|hints| (hints.read_only_hint, hints.destructive_hint))
    {
        None | Some((None, _)) => {
            find(
                "tool-annotations",
                "it does not say whether it only reads (`readOnlyHint`)",
            );
        }
        Some((Some(false), None)) => {
            find(
                "tool-annotations",
                "it does not say whether it can destroy something (`destructiveHint`)",
            );
        }
        Some(_) => {}
    }
    if tool.input_schema.get("type").and_then(Value::as_str) != Some("object") {
        find(
            "tool-input-schema",
            "its input schema is not `\"type\": \"object\"`",
        );
    }
    describe(
        "tool-description",
        subject.clone(),
        tool.description.as_deref(),
        findings,
    );
    lint_parameters(&subject, &tool.input_schema, findings);
}

fn lint_parameters(subject: &str, schema: &Map<String, Value>, findings: &mut Findings) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        let description = property.get("description").and_then(Value::as_str);
        let name = named("parameter", name);
        describe(
            "tool-parameter-description",
            format!("{subject}, {name}"),
            description,
            findings,
        );
    }
}

fn lint_prompt(prompt: &Prompt, findings: &mut Findings) {
    let subject = named("prompt", &prompt.name);
    for argument in prompt.arguments.iter().flatten() {
        let name = named("argument", &argument.name);
        let description = argument.description.as_deref();
        describe(
            "prompt-argument-description",
            format!("{subject}, {name}"),
            description,
            findings,
        );
    }
    describe(
        "prompt-description",
        subject,
        prompt.description.as_deref(),
        findings,
    );
}

fn describe(
    code: &'static str,
    subject: String,
    description: Option<&str>,
    findings: &mut Findings,
) {
    if description.is_none_or(|text| text.trim().is_empty()) {
        findings.add(Finding::new(code, subject, "it has no description"));
    }
}

fn duplicates<'a>(
    kind: &'static str,
    names: impl Iterator<Item = &'a str>,
    findings: &mut Findings,
) {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            findings.add(Finding::new(
                "duplicate-name",
                named(kind, name),
                "it is listed more than once",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::{PromptArgument, ToolAnnotations};
    use serde_json::json;

    use super::*;

    fn codes(inventory: &Inventory) -> Vec<&'static str> {
        let mut findings = Findings::default();
        lint(inventory, &mut findings);
        findings
            .into_parts()
            .0
            .iter()
            .map(|finding| finding.code)
            .collect()
    }

    fn tool(name: &str, description: &str, schema: Value) -> Tool {
        let Value::Object(schema) = schema else {
            panic!("a schema is an object")
        };
        Tool::new(name.to_owned(), description.to_owned(), schema)
            .with_annotations(ToolAnnotations::new().read_only(true))
    }

    #[test]
    fn a_careful_server_has_no_findings() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "string", "description": "It."}}});
        let inventory = Inventory {
            tools: vec![tool("a.tool_1-x", "Does it.", schema)],
            prompts: vec![Prompt::new("p", Some("Asks."), None)],
            resources: vec![Resource::new("x://1", "one").with_description("One.")],
            templates: vec![],
        };
        assert_eq!(codes(&inventory), Vec::<&str>::new());
    }

    #[test]
    fn each_fault_of_a_tool_is_found() {
        let object = || json!({"type": "object"});
        let find = |tool: Tool| {
            codes(&Inventory {
                tools: vec![tool],
                ..Inventory::default()
            })
        };
        assert_eq!(
            find(tool(&"a".repeat(65), "D.", object())),
            ["tool-name-length"]
        );
        assert_eq!(
            find(tool(&"a".repeat(64), "D.", object())),
            Vec::<&str>::new()
        );
        assert_eq!(find(tool("näme", "D.", object())), ["tool-name-characters"]);
        assert_eq!(find(tool("", "D.", object())), ["tool-name-characters"]);
        assert_eq!(find(tool("a", "  ", object())), ["tool-description"]);
        assert_eq!(find(tool("a", "D.", json!({}))), ["tool-input-schema"]);
        let undescribed = json!({"type": "object", "properties": {"x": {}, "y": true}});
        assert_eq!(
            find(tool("a", "D.", undescribed)),
            ["tool-parameter-description"; 2]
        );
        let silent = tool("a", "D.", object()).with_annotations(ToolAnnotations::new());
        assert_eq!(find(silent), ["tool-annotations"]);
        let writer =
            tool("a", "D.", object()).with_annotations(ToolAnnotations::new().read_only(false));
        assert_eq!(find(writer), ["tool-annotations"]);
    }

    #[test]
    fn duplicates_and_silent_prompts_and_resources_are_found() {
        let prompt = Prompt::new("p", None::<String>, Some(vec![PromptArgument::new("x")]));
        let inventory = Inventory {
            prompts: vec![prompt.clone(), prompt],
            resources: vec![Resource::new("x://1", "one")],
            ..Inventory::default()
        };
        assert_eq!(
            codes(&inventory),
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
        let tools = vec![tool("\u{1b}[2J", "D.", json!({"type": "object"}))];
        lint(
            &Inventory {
                tools,
                ..Inventory::default()
            },
            &mut findings,
        );
        assert_eq!(findings.into_parts().0[0].subject, "tool `\\u{1b}[2J`");
    }
}
