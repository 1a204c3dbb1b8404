//! Values as YAML writes them. Pure.

use std::fmt::Write as _;

use crate::edit::data::Data;

/// An entry on lines of its own.
pub(super) fn lines(
    text: &mut String,
    key: &str,
    value: &Data,
    indent: usize,
    style: (usize, &str),
) {
    let (unit, newline) = style;
    let _ = write!(text, "{:indent$}{}:", "", scalar(key));
    match value {
        Data::Map(pairs) if !pairs.is_empty() => {
            text.push_str(newline);
            for (key, value) in pairs {
                lines(text, key, value, indent + unit, style);
            }
        }
        Data::List(items) if !items.is_empty() => {
            text.push_str(newline);
            for item in items {
                let _ = write!(text, "{:indent$}- {}{newline}", "", inline(item));
            }
        }
        value => {
            let _ = write!(text, " {}{newline}", inline(value));
        }
    }
}

/// A value on one line.
pub(super) fn inline(value: &Data) -> String {
    match value {
        Data::Raw(text) => text.clone(),
        Data::Bool(value) => value.to_string(),
        Data::Text(text) => scalar(text),
        Data::List(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Data::Map(pairs) => {
            let pairs = pairs.iter();
            let pairs: Vec<String> = pairs
                .map(|(key, value)| format!("{}: {}", scalar(key), inline(value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

/// Words that older readers take for something else than a text.
const RESERVED: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

/// A text without quotes where nothing can take it for something else, or else between double quotes.
pub(super) fn scalar(text: &str) -> String {
    let first = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let safe = |c: char| c.is_ascii_alphanumeric() || "_-./@+".contains(c);
    let word = text.to_ascii_lowercase();
    if first && text.chars().all(safe) && !RESERVED.contains(&word.as_str()) {
        return text.to_owned();
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control()
                || matches!(
                    c,
                    '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffe}'..='\u{ffff}'
                ) =>
            {
                let _ = write!(quoted, "\\u{:04x}", c as u32);
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
