//! Edits of existing text that change nothing else in it. Pure.

pub mod anchor;
pub mod data;
pub mod json;
pub mod toml;
pub mod yaml;

use std::fmt;

/// Why a text cannot be edited, and where it says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub message: String,
    /// Counted from 1, in characters.
    pub line: usize,
    pub column: usize,
}

impl Problem {
    /// A problem at byte `at` of `text`.
    fn at(text: &str, at: usize, message: impl Into<String>) -> Self {
        let above = &text[..at.min(text.len())];
        let start = above.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            message: message.into(),
            line: above.matches('\n').count() + 1,
            column: above[start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The byte order mark.
pub const BOM: &str = "\u{feff}";

/// The byte order mark, if there is one, and the rest.
fn split_bom(text: &str) -> (&str, &str) {
    match text.strip_prefix(BOM) {
        Some(rest) => (BOM, rest),
        None => ("", text),
    }
}

/// How `text` ends its lines.
fn newline(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// `text` with `range` replaced by `new`.
fn splice(text: &str, range: std::ops::Range<usize>, new: &str) -> String {
    [&text[..range.start], new, &text[range.end..]].concat()
}

/// What `old` has (`-`) and `new` has instead (`+`), with a few lines around each difference.
#[must_use]
pub fn diff(old: &str, new: &str) -> String {
    let patch = diffy::create_patch(old, new).to_string();
    // The first two lines would name the files.
    let hunks = patch.splitn(3, '\n').nth(2).unwrap_or_default();
    hunks.to_owned()
}
