//! The schemas of tools: whether they compile, and whether a result fits. Pure; no reference leaves its document.

use jsonschema::{Draft, Validator};
use serde_json::Value;

use super::{judge::named, report::Finding, shape::member, text};

/// What does not fit that is said of one result.
const MAX_ERRORS: usize = 5;

/// Whether the schemas of a tool can be used.
pub(super) fn compiles(tool: &Value, index: usize) -> Vec<Finding> {
    let subject = named("tool", tool["name"].as_str().unwrap_or_default());
    let schemas = [
        ("inputSchema", "input-schema", ""),
        (
            "outputSchema",
            "output-schema",
            "official clients reject it or its results: ",
        ),
    ];
    let mut findings = Vec::new();
    for (key, code, who) in schemas {
        let Some(schema) = tool.get(key).filter(|it| it.is_object()) else {
            continue;
        };
        if let Err((at, reason)) = compile(schema) {
            let path = pointed(&format!("tools[{index}].{key}"), &at);
            let message = format!("{who}`{path}` does not compile: {reason}");
            findings.push(Finding::new(code, subject.clone(), message).at(path));
        }
    }
    findings
}

/// Judge the structured result of a tool with an output schema.
pub(super) fn output(schema: &Value, structured: Option<&Value>, subject: &str) -> Vec<Finding> {
    let Some(value) = structured else {
        let message = "official clients reject the result: there is an `outputSchema`, but no `structuredContent`";
        return vec![Finding::new("output-missing", subject, message).at("structuredContent")];
    };
    // A schema that does not compile is on record already.
    let Ok(validator) = compile(schema) else {
        return Vec::new();
    };
    let errors = validator.iter_errors(value).take(MAX_ERRORS);
    errors
        .map(|error| {
            let path = pointed("structuredContent", error.instance_path().as_str());
            let reason = text::shown(&error.to_string(), text::LINE);
            let message = format!(
                "official clients reject `{path}`, which does not fit `outputSchema`: {reason}"
            );
            Finding::new("output-mismatch", subject, message).at(path)
        })
        .collect()
}

/// The validator, or where the schema is wrong and why.
fn compile(schema: &Value) -> Result<Validator, (String, String)> {
    let draft = draft(schema).map_err(|reason| ("/$schema".to_owned(), reason))?;
    let options = jsonschema::options().with_draft(draft);
    options.build(schema).map_err(|error| {
        let reason = text::shown(&error.to_string(), text::LINE);
        (error.instance_path().as_str().to_owned(), reason)
    })
}

/// Draft 2020-12, unless the schema says otherwise.
fn draft(schema: &Value) -> Result<Draft, String> {
    let Some(name) = schema["$schema"].as_str() else {
        return Ok(Draft::Draft202012);
    };
    let bare = name.trim_end_matches('#').replacen("https:", "http:", 1);
    match bare.strip_prefix("http://json-schema.org/") {
        Some("draft/2020-12/schema") => Ok(Draft::Draft202012),
        Some("draft/2019-09/schema") => Ok(Draft::Draft201909),
        Some("draft-07/schema") => Ok(Draft::Draft7),
        Some("draft-06/schema") => Ok(Draft::Draft6),
        Some("draft-04/schema") => Ok(Draft::Draft4),
        _ => {
            let name = text::shown(name, text::NAME);
            Err(format!("no client knows the dialect `{name}`"))
        }
    }
}

/// A JSON pointer as a path.
fn pointed(root: &str, pointer: &str) -> String {
    let mut path = root.to_owned();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        path = if !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()) {
            format!("{path}[{part}]")
        } else {
            member(&path, &part)
        };
    }
    path
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn codes(tool: &Value) -> Vec<(&'static str, Option<String>)> {
        let found = compiles(tool, 2).into_iter();
        found.map(|it| (it.code, it.path)).collect()
    }

    #[test]
    fn schemas_that_do_not_compile_are_found_with_their_place() {
        let tool = |input: Value, output: Value| json!({"name": "t", "inputSchema": input, "outputSchema": output});
        let object = || json!({"type": "object"});
        assert_eq!(codes(&tool(object(), object())), []);
        let path = "tools[2].inputSchema.properties.a.type".to_owned();
        let bad = json!({"type": "object", "properties": {"a": {"type": "date"}}});
        assert_eq!(
            codes(&tool(bad.clone(), object())),
            [("input-schema", Some(path))]
        );
        for output in [
            bad,
            json!({"type": "object", "properties": {"a": {"pattern": "("}}}),
            json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/none"}}}),
            json!({"type": "object", "properties": {"a": {"$ref": "https://example.com/x.json"}}}),
            json!({"type": "object", "properties": {"a": {"minLength": "1"}}}),
            json!({"type": "object", "$schema": "https://example.com/draft"}),
        ] {
            let found = codes(&tool(object(), output.clone()));
            assert_eq!(
                found.first().map(|it| it.0),
                Some("output-schema"),
                "{output}"
            );
        }
        let old = json!({"type": "object", "$schema": "http://json-schema.org/draft-07/schema#"});
        assert_eq!(codes(&tool(object(), old)), []);
    }

    #[test]
    fn a_result_must_fit_and_the_misfit_is_named() {
        let schema = json!({"type": "object", "properties": {"a": {"items": {"type": "integer"}}}});
        let fits = json!({"a": [1, 2]});
        assert_eq!(output(&schema, Some(&fits), "tool `t`"), []);
        let misfit = json!({"a": [1, "x"]});
        let found = output(&schema, Some(&misfit), "tool `t`");
        assert_eq!(found[0].path.as_deref(), Some("structuredContent.a[1]"));
        assert_eq!(output(&schema, None, "tool `t`")[0].code, "output-missing");
    }
}
