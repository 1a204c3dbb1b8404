//! Looks at the parameters of a tool, however deep: what a model has to guess, and what hosts refuse. Pure.

use serde_json::{Map, Value};

use super::super::{
    judge::named,
    report::{Finding, Findings},
    shape::member,
};

/// How deep properties are followed.
const MAX_DEPTH: usize = 8;

pub(super) fn lint(tool: &Value, index: usize, findings: &mut Findings) {
    let Some(schema) = tool["inputSchema"].as_object() else {
        return;
    };
    let mut walk = Walk {
        tool: named("tool", tool["name"].as_str().unwrap_or_default()),
        root: schema,
        findings,
    };
    walk.object(schema, &format!("tools[{index}].inputSchema"), "", 0);
}

struct Walk<'a> {
    tool: String,
    root: &'a Map<String, Value>,
    findings: &'a mut Findings,
}

impl Walk<'_> {
    /// The properties of an object; `inside` is the name of the parameter it is.
    fn object(&mut self, schema: &Map<String, Value>, path: &str, inside: &str, depth: usize) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let required: Vec<&str> = texts(schema.get("required")).collect();
        for name in &required {
            if properties.is_none_or(|it| !it.contains_key(*name)) {
                let message = format!(
                    "`required` names {}, which does not exist",
                    named("parameter", name)
                );
                self.find(
                    "schema-required",
                    inside,
                    &format!("{path}.required"),
                    &message,
                );
            }
        }
        for (name, property) in properties.into_iter().flatten() {
            let path = member(&format!("{path}.properties"), name);
            let inside = member(inside, name);
            self.property(
                property,
                &path,
                &inside,
                (required.contains(&name.as_str()), depth),
            );
        }
    }

    fn property(
        &mut self,
        property: &Value,
        path: &str,
        inside: &str,
        (required, depth): (bool, usize),
    ) {
        let own = property.as_object();
        let resolved = self.resolve(property);
        let is_described = |it: &Map<String, Value>| {
            let description = it.get("description").and_then(Value::as_str);
            description.is_some_and(|text| !text.trim().is_empty())
        };
        if !own.is_some_and(is_described) && !resolved.as_ref().is_some_and(is_described) {
            let message = "it has no description";
            self.find("tool-parameter-description", inside, path, message);
        }
        let Some(schema) = resolved else { return };
        if !required && may_be_null(&schema) {
            let message =
                "it may be `null`, though it can be left out: some hosts refuse such a schema";
            self.find("schema-null", inside, path, message);
        }
        if let (Some(default), Some(Value::Array(allowed))) =
            (schema.get("default"), schema.get("enum"))
            && !allowed.contains(default)
        {
            let message = "its default is not in its `enum`";
            self.find("schema-default", inside, path, message);
        }
        let kind = schema.get("type").and_then(Value::as_str);
        if kind == Some("array")
            && !["items", "prefixItems"]
                .iter()
                .any(|key| schema.contains_key(*key))
        {
            let message = "it is an array of anything: `items` is missing";
            self.find("schema-items", inside, path, message);
        }
        let is_open = [
            "properties",
            "additionalProperties",
            "patternProperties",
            "anyOf",
            "oneOf",
            "allOf",
        ]
        .iter()
        .all(|key| !schema.contains_key(*key));
        let is_any = schema.get("additionalProperties") == Some(&Value::Bool(true))
            && !schema.contains_key("properties");
        if kind == Some("object") && (is_open || is_any) {
            let message = "it is an object of anything: a model has to guess what belongs in it";
            self.find("schema-free-form", inside, path, message);
        }
        if depth < MAX_DEPTH {
            self.object(&schema, path, inside, depth + 1);
            if let Some(items) = schema.get("items").and_then(|it| self.resolve(it)) {
                let (path, inside) = (format!("{path}.items"), format!("{inside}[]"));
                self.object(&items, &path, &inside, depth + 1);
            }
        }
    }

    /// The schema itself, or what its reference into the same document names.
    fn resolve(&self, schema: &Value) -> Option<Map<String, Value>> {
        super::super::safe::resolve(schema, self.root).cloned()
    }

    fn find(&mut self, code: &'static str, inside: &str, path: &str, message: &str) {
        let subject = if inside.is_empty() {
            self.tool.clone()
        } else {
            format!("{}, {}", self.tool, named("parameter", inside))
        };
        self.findings
            .add(Finding::new(code, subject, message).at(path));
    }
}

fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let values = value.and_then(Value::as_array).into_iter().flatten();
    values.filter_map(Value::as_str)
}

fn may_be_null(schema: &Map<String, Value>) -> bool {
    let is_null = |it: &Value| it["type"] == "null";
    texts(schema.get("type")).any(|it| it == "null")
        || ["anyOf", "oneOf"].iter().any(|key| {
            let choices = schema.get(*key).and_then(Value::as_array);
            choices.is_some_and(|it| it.iter().any(is_null))
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(properties: &Value, more: &Value) -> Vec<(&'static str, String)> {
        let mut schema = json!({"type": "object", "properties": properties});
        for (key, value) in more.as_object().unwrap() {
            schema[key] = value.clone();
        }
        let mut findings = Findings::default();
        lint(
            &json!({"name": "t", "inputSchema": schema}),
            0,
            &mut findings,
        );
        let (findings, _) = findings.into_parts();
        findings
            .into_iter()
            .map(|it| (it.code, it.subject))
            .collect()
    }

    fn one(property: Value) -> Vec<&'static str> {
        let mut property = property;
        property["description"] = "It.".into();
        let found = found(&json!({"a": property}), &json!({}));
        found.into_iter().map(|it| it.0).collect()
    }

    #[test]
    fn what_a_model_has_to_guess_is_found() {
        assert_eq!(one(json!({"type": "string"})), [""; 0]);
        assert_eq!(one(json!({"type": "array"})), ["schema-items"]);
        assert_eq!(one(json!({"type": "object"})), ["schema-free-form"]);
        assert_eq!(
            one(json!({"enum": ["a"], "default": "b"})),
            ["schema-default"]
        );
        assert_eq!(one(json!({"type": ["string", "null"]})), ["schema-null"]);
        assert_eq!(one(json!({"anyOf": [{"type": "null"}]})), ["schema-null"]);
        let required = json!({"required": ["a", "b"]});
        let described = json!({"a": {"type": ["string", "null"], "description": "It."}});
        assert_eq!(
            found(&described, &required),
            [("schema-required", "tool `t`".to_owned())]
        );
    }

    #[test]
    fn nested_parameters_are_looked_at_too() {
        let nested = json!({
            "a": {"type": "object", "description": "It.", "properties": {"b": {"type": "string"}}},
            "c": {"type": "array", "description": "It.", "items": {"$ref": "#/$defs/D"}}});
        let more = json!({"$defs": {"D": {"properties": {"e": {"type": "string"}}}}});
        let subjects: Vec<_> = found(&nested, &more).into_iter().map(|it| it.1).collect();
        assert_eq!(
            subjects,
            ["tool `t`, parameter `a.b`", "tool `t`, parameter `c[].e`"]
        );
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let more = json!({"$defs": {"D": {"description": "It.", "properties": {"d": {"$ref": "#/$defs/D"}}}}});
        assert_eq!(found(&json!({"a": {"$ref": "#/$defs/D"}}), &more), []);
    }
}
