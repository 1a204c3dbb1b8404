//! Says what a value is and where, for a reader; escaped and bounded.

use serde_json::Value;

use super::super::text;

pub(super) fn said(kind: &str) -> &'static str {
    match kind {
        "boolean" => "a boolean",
        "object" => "an object",
        "integer" => "a whole number",
        "number" => "a number",
        _ => "a string",
    }
}

/// What a value is, for a reader: ``is `null` ``, ``is the string `"x"` ``, `is an array`.
pub(super) fn found(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(_) => format!("is `{value}`"),
        Value::Number(number) => format!("is the number `{number}`"),
        Value::String(text) => format!("is the string `{}`", text::shown(text, text::NAME)),
        Value::Array(_) => "is an array".to_owned(),
        Value::Object(_) => "is an object".to_owned(),
    }
}

/// `path.name`, or `path["name"]` for a name that would not read well.
pub(in super::super) fn member(path: &str, name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '-');
    if name.is_empty() || !name.chars().all(is_plain) {
        return format!("{path}[\"{}\"]", text::shown(name, text::NAME));
    }
    let name = text::shown(name, text::NAME);
    if path.is_empty() {
        name
    } else {
        format!("{path}.{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_members_are_escaped_and_bounded() {
        let long = "x".repeat(1000);
        assert!(member("a", &long).len() < 100);
        assert_eq!(member("a", "\u{1b}[2J"), "a[\"\\u{1b}[2J\"]");
    }
}
