//! How a document is laid out, and values written in its way. Pure.

use jsonc_parser::{ast::Value, common::Ranged as _};

use crate::edit::{data::Data, newline};

/// How a document is laid out.
pub(super) struct Style {
    pub(super) newline: &'static str,
    pub(super) unit: String,
    /// Whether all of it stands on one line.
    pub(super) one_line: bool,
    /// Whether a space follows a colon and a comma on one line.
    pub(super) spaced: bool,
}

impl Style {
    pub(super) const DEFAULT: Self = Self {
        newline: "\n",
        unit: String::new(),
        one_line: false,
        spaced: true,
    };

    pub(super) fn of(body: &str, root: &Value<'_>) -> Self {
        let first = match root {
            Value::Object(object) => object.properties.first(),
            _ => None,
        };
        let one_line = first.is_some() && !body[root.start()..root.end()].contains('\n');
        let unit = first.map_or(String::new(), |first| line_indent(body, first.range.start));
        let spaced = first
            .is_none_or(|first| body[first.name.end()..first.value.start()].ends_with([' ', '\n']));
        Self {
            newline: newline(body),
            unit,
            one_line,
            spaced,
        }
    }

    pub(super) fn unit(&self) -> &str {
        if self.unit.is_empty() {
            "  "
        } else {
            &self.unit
        }
    }

    pub(super) fn after_colon(&self, lines: bool) -> &'static str {
        if lines || self.spaced { " " } else { "" }
    }
}

/// `data` on lines indented by `indent` (the first one follows something), or on one line.
pub(super) fn render(data: &Data, style: &Style, indent: Option<&str>) -> String {
    let items: Vec<String>;
    let (open, close, flat) = match data {
        Data::Raw(text) => return text.clone(),
        Data::Bool(value) => return value.to_string(),
        Data::Text(text) => return quoted(text),
        Data::List(list) => {
            let flat = !list.iter().any(|item| matches!(item, Data::Map(_)));
            let inner = indent
                .filter(|_| !flat)
                .map(|it| format!("{it}{}", style.unit()));
            items = list
                .iter()
                .map(|item| render(item, style, inner.as_deref()))
                .collect();
            ('[', ']', flat)
        }
        Data::Map(pairs) => {
            let inner = indent.map(|indent| format!("{indent}{}", style.unit()));
            let colon = style.after_colon(indent.is_some());
            let member = |(key, value): &(String, Data)| {
                format!(
                    "{}:{colon}{}",
                    quoted(key),
                    render(value, style, inner.as_deref())
                )
            };
            items = pairs.iter().map(member).collect();
            ('{', '}', false)
        }
    };
    let Some(indent) = indent.filter(|_| !flat && !items.is_empty()) else {
        let space = style.after_colon(indent.is_some());
        return format!("{open}{}{close}", items.join(&format!(",{space}")));
    };
    let newline = style.newline;
    let between = format!("{newline}{indent}{}", style.unit());
    let lines = items.join(&format!(",{between}"));
    format!("{open}{between}{lines}{newline}{indent}{close}")
}

pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The white space that the line of `at` begins with.
pub(super) fn line_indent(body: &str, at: usize) -> String {
    let start = body[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &body[start..at];
    let rest = line.trim_start_matches([' ', '\t']);
    line[..line.len() - rest.len()].to_owned()
}
