//! The only user of minijinja: environment, typed values and escaping by the output's file type.
//!
//! A template prints either a trusted value (an identifier, or text out of the template's own data) as it is, or a
//! user's text as a literal of the file's type. Any other string is an error, and there is no `safe` filter.

use std::{collections::BTreeMap, fmt, sync::Arc};

use anyhow::{Context as _, Result};
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior,
    syntax::SyntaxConfig,
    value::{Object, ObjectRepr},
};

pub use minijinja::value::Value;
use unicode_width::UnicodeWidthStr as _;

use super::escape::FileType;

/// What templates can name. Keys are append-only: frozen templates of older versions render against it too.
#[derive(Debug, Clone, Default)]
pub struct Context(BTreeMap<&'static str, Value>);

impl Context {
    /// Add `value` as `key`.
    pub fn set(&mut self, key: &'static str, value: Value) {
        self.0.insert(key, value);
    }
}

/// A value that prints as it is: a parsed identifier, or text that the template itself contains.
#[must_use]
pub fn trusted(text: impl Into<String>) -> Value {
    Value::from_object(Trusted(text.into()))
}

/// A user's text; prints as a literal of the file's type.
#[must_use]
pub fn text(text: impl Into<String>) -> Value {
    Value::from_object(Text(text.into()))
}

/// A true or false for `if`.
#[must_use]
pub fn flag(value: bool) -> Value {
    Value::from(value)
}

/// A map of values, for `a.b`.
pub fn map<K: Into<String>>(pairs: impl IntoIterator<Item = (K, Value)>) -> Value {
    let pairs: BTreeMap<String, Value> = pairs
        .into_iter()
        .map(|(key, value)| (key.into(), value))
        .collect();
    Value::from(pairs)
}

/// A list of values, for `for`.
pub fn list(values: impl IntoIterator<Item = Value>) -> Value {
    Value::from(values.into_iter().collect::<Vec<_>>())
}

/// Renders sources into text; construction is cheap enough for one a run.
pub struct Renderer(Environment<'static>);

impl Renderer {
    /// # Errors
    ///
    /// Fails when minijinja refuses the delimiters, which it does not.
    pub fn new() -> Result<Self> {
        let syntax = SyntaxConfig::builder()
            .block_delimiters("<%", "%>")
            .variable_delimiters("<%=", "%>")
            .comment_delimiters("<%#", "%>")
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()
            .context("cannot set the template delimiters")?;
        let mut environment = Environment::empty();
        environment.set_syntax(syntax);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment
            .set_auto_escape_callback(|path| AutoEscape::Custom(FileType::of(path).id().into()));
        environment.set_formatter(print);
        environment.add_filter("joined", joined);
        environment.add_filter("bare", bare);
        environment.add_filter("wrapped", wrapped);
        Ok(Self(environment))
    }

    /// Render `source`, which makes (a part of) the file at `output`, with `context` and that file's `parts`.
    ///
    /// # Errors
    ///
    /// Fails on a syntax error, an undefined value or an untyped string, naming the output file and the line.
    pub fn render(
        &self,
        output: &str,
        source: &str,
        context: &Context,
        parts: &BTreeMap<String, Vec<String>>,
    ) -> Result<String> {
        let parts = map(parts
            .iter()
            .map(|(name, texts)| (name.as_str(), list(texts.iter().map(trusted)))));
        let scope = Value::from_object(Scope {
            base: context.clone(),
            parts,
        });
        self.0
            .render_named_str(output, source, scope)
            .with_context(|| format!("cannot render `{output}`"))
    }
}

/// For `filter` blocks: a list with one item a line, put on one line where formatters of source code do so: if all items
/// together take `inside` columns or fewer, and the line `whole`. The first line opens the list, the last one closes it.
fn joined(text: &str, inside: usize, whole: usize) -> Value {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let Some((first, rest)) = lines.split_first() else {
        return trusted(text);
    };
    let (items, close) = match rest.split_last() {
        Some((last, items)) if last.starts_with([')', ']', '}']) => (items, *last),
        _ => (rest, ""),
    };
    let items = items.join(" ");
    let items = if close.is_empty() {
        items.as_str()
    } else {
        items.trim_end_matches(',')
    };
    let indent = &text[..text.len() - text.trim_start().len()];
    let open = if first.ends_with(['(', '[', '{']) {
        ""
    } else {
        " "
    };
    let line = format!("{indent}{first}{open}{items}{close}\n");
    let fits = items.width() <= inside && line.trim_end().width() <= whole;
    // A value that is too long even for a line of its own stays where it is.
    let hopeless = close.is_empty() && text.lines().any(|line| line.width() > whole);
    if fits || hopeless {
        trusted(line)
    } else {
        trusted(text)
    }
}

/// For `filter` blocks: a single value in parentheses, on a line of its own, as formatters write what is too long for the
/// line above. It loses the parentheses if it fits there.
fn bare(text: &str, whole: usize) -> Value {
    let lines: Vec<&str> = text.lines().collect();
    if let [first, value, _] = lines[..]
        && let Some(open) = first.strip_suffix('(')
    {
        let line = format!("{open}{}", value.trim_start());
        if line.width() <= whole {
            return trusted(line + "\n");
        }
    }
    trusted(text)
}

/// A user's text (any other value as it is) as literals on lines of their own, `indent` columns in, none of them beyond the column `whole`; the first
/// stands behind something that is `before` columns wide.
fn wrapped(
    state: &State<'_, '_>,
    value: &Value,
    indent: usize,
    before: usize,
    whole: usize,
) -> Result<Value, Error> {
    let refuse = |problem: &str| Error::new(ErrorKind::InvalidOperation, problem.to_owned());
    let Some(Text(text)) = value.downcast_object_ref() else {
        return Ok(value.clone());
    };
    let AutoEscape::Custom(id) = state.auto_escape() else {
        return Err(refuse("the file has no type"));
    };
    let file_type = FileType::from_id(id).ok_or_else(|| refuse("the file has no type"))?;
    let pieces = file_type.pieces(text, whole.saturating_sub(indent + before));
    let pieces = pieces.ok_or_else(|| refuse("a user's text cannot stand here"))?;
    Ok(trusted(pieces.join(&format!("\n{:indent$}", ""))))
}

/// Write one value, escaped for the file that is being rendered.
fn print(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let refuse = |problem: String| Error::new(ErrorKind::InvalidOperation, problem);
    if let Some(Trusted(raw)) = value.downcast_object_ref() {
        return out.write_str(raw).map_err(Error::from);
    }
    let Some(Text(text)) = value.downcast_object_ref() else {
        return Err(refuse(format!("`{value}` is not a typed value")));
    };
    let AutoEscape::Custom(id) = state.auto_escape() else {
        return Err(refuse("the file has no type".to_owned()));
    };
    let literal = FileType::from_id(id).and_then(|file_type| file_type.literal(text));
    let literal = literal.ok_or_else(|| {
        refuse(format!(
            "a user's text cannot stand in a file of type `{id}`"
        ))
    })?;
    out.write_str(&literal).map_err(Error::from)
}

#[derive(Debug)]
struct Trusted(String);

#[derive(Debug)]
struct Text(String);

impl Object for Trusted {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Object for Text {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}

/// The names that one file's template sees.
#[derive(Debug)]
struct Scope {
    base: Context,
    parts: Value,
}

impl Object for Scope {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "parts" => Some(self.parts.clone()),
            key => self.base.0.get(key).cloned(),
        }
    }
}
