//! One member of a JSON or JSONC document set, replaced or removed; every other byte stays. Pure.
//!
//! The parser gives positions, and the edit is a splice of the text: a syntax tree that writes itself back lays out anew
//! what it touches.

mod block;
mod layout;
mod space;

use jsonc_parser::{
    CollectOptions, ParseOptions,
    ast::{Object, Value},
    common::Ranged,
};

use block::Block;
use layout::{Style, line_indent, quoted, render};

use super::{Problem, data::Data, newline, splice, split_bom};

/// What a file's reader accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// JSON (RFC 8259).
    Strict,
    /// With comments and trailing commas.
    Comments,
}

/// What `text` says; an empty document is an empty object.
///
/// # Errors
///
/// Fails at the first thing that `dialect` does not allow, and at a key that is there twice.
pub fn read(text: &str, dialect: Dialect) -> Result<Data, Problem> {
    let (_, body) = split_bom(text);
    match parse(body, dialect)? {
        Some(root) => data(body, &root),
        None => Ok(Data::Map(Vec::new())),
    }
}

/// `text` with `value` under `path`: replaced where it is, or else after the last member.
///
/// # Errors
///
/// See [`read`]; also when something on the way is not an object.
pub fn set(text: &str, dialect: Dialect, path: &[&str], value: &Data) -> Result<String, Problem> {
    edit(text, dialect, |body, root| {
        let Some(root) = root else {
            return Ok(fresh(body, path, value));
        };
        let style = Style::of(body, root);
        let (object, found) = descend(body, root, path)?;
        let (name, rest) = (path[found], &path[found + 1..]);
        if rest.is_empty()
            && let Some(known) = object.get(name)
        {
            let range = known.value.start()..known.value.end();
            let lines = body[range.clone()].contains('\n') || !style.one_line;
            let indent = line_indent(body, known.range.start);
            let new = render(value, &style, lines.then_some(indent.as_str()));
            return Ok(splice(body, range, &new));
        }
        let value = nested(rest, value);
        let block = Block::of(object.range, object.properties.iter().map(|it| it.range));
        Ok(block.append(body, &style, |indent| {
            format!(
                "{}:{}{}",
                quoted(name),
                style.after_colon(indent.is_some()),
                render(&value, &style, indent)
            )
        }))
    })
}

/// `text` without the member at `path`; the same text when there is none.
///
/// # Errors
///
/// See [`set`].
pub fn remove(text: &str, dialect: Dialect, path: &[&str]) -> Result<String, Problem> {
    edit(text, dialect, |body, root| {
        let Some(root) = root else {
            return Ok(body.to_owned());
        };
        let (object, found) = descend(body, root, path)?;
        let members = object.properties.iter();
        let at = members
            .clone()
            .position(|it| it.name.as_str() == path[found]);
        match at.filter(|_| found + 1 == path.len()) {
            Some(at) => {
                let block = Block::of(object.range, members.map(|it| it.range));
                Ok(block.remove(body, at))
            }
            None => Ok(body.to_owned()),
        }
    })
}

/// `text` with `value` at the end of the array `path`, which is made if there is none.
///
/// # Errors
///
/// See [`set`]; also when there is something else than an array.
pub fn push(text: &str, dialect: Dialect, path: &[&str], value: &Data) -> Result<String, Problem> {
    let whole = read(text, dialect)?;
    if whole.at(path).is_none() {
        return set(text, dialect, path, &Data::List(vec![value.clone()]));
    }
    edit(text, dialect, |body, root| {
        let Some((array, style)) = find_array(body, root, path)? else {
            return Ok(body.to_owned());
        };
        Ok(array.append(body, &style, |indent| render(value, &style, indent)))
    })
}

/// `text` without the elements of the array `path` that equal `value`; an array that is empty then is removed too.
///
/// # Errors
///
/// See [`push`].
pub fn pull(text: &str, dialect: Dialect, path: &[&str], value: &Data) -> Result<String, Problem> {
    let whole = read(text, dialect)?;
    let Some(Data::List(items)) = whole.at(path) else {
        return Ok(text.to_owned());
    };
    let Some(at) = items.iter().rposition(|item| item == value) else {
        return Ok(text.to_owned());
    };
    if items.len() == 1 {
        return remove(text, dialect, path);
    }
    edit(text, dialect, |body, root| {
        Ok(match find_array(body, root, path)? {
            Some((array, _)) => array.remove(body, at),
            None => body.to_owned(),
        })
    })
}

/// `value` as a document of its own, or as a part of one.
#[must_use]
pub fn document(value: &Data) -> String {
    render(value, &Style::DEFAULT, Some(""))
}

fn edit(
    text: &str,
    dialect: Dialect,
    change: impl FnOnce(&str, Option<&Value<'_>>) -> Result<String, Problem>,
) -> Result<String, Problem> {
    let (bom, body) = split_bom(text);
    let root = parse(body, dialect)?;
    if let Some(root) = &root {
        data(body, root)?;
    }
    Ok(format!("{bom}{}", change(body, root.as_ref())?))
}

fn parse(body: &str, dialect: Dialect) -> Result<Option<Value<'_>>, Problem> {
    space::check(body)?;
    let lenient = dialect == Dialect::Comments;
    let options = ParseOptions {
        allow_comments: lenient,
        allow_trailing_commas: lenient,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = jsonc_parser::parse_to_ast(body, &CollectOptions::default(), &options);
    let value = parsed
        .map_err(|error| {
            let message = error.kind().to_string();
            let mut letters = message.chars();
            let first = letters.next().unwrap_or_default().to_lowercase();
            Problem::at(
                body,
                error.range().start,
                format!("{first}{}", letters.as_str()),
            )
        })?
        .value;
    // The parser lets a few things pass that hosts' readers do not, such as tabs in strings.
    if !lenient && value.is_some() {
        serde_json::from_str::<serde::de::IgnoredAny>(body).map_err(|error| Problem {
            message: "it is not valid JSON".to_owned(),
            line: error.line(),
            column: error.column(),
        })?;
    }
    Ok(value)
}

fn data(body: &str, value: &Value<'_>) -> Result<Data, Problem> {
    Ok(match value {
        Value::StringLit(text) => Data::text(text.value.as_ref()),
        Value::NumberLit(number) => Data::Raw(number.value.to_owned()),
        Value::BooleanLit(boolean) => Data::Bool(boolean.value),
        Value::NullKeyword(_) => Data::Raw("null".to_owned()),
        Value::Array(array) => {
            let items = array.elements.iter().map(|item| data(body, item));
            Data::List(items.collect::<Result<_, _>>()?)
        }
        Value::Object(object) => {
            let mut pairs: Vec<(String, Data)> = Vec::new();
            let mut known = std::collections::HashSet::new();
            for member in &object.properties {
                let name = member.name.as_str();
                if !known.insert(name) {
                    let twice = format!("the key `{}` occurs twice", name.escape_debug());
                    return Err(Problem::at(body, member.range.start, twice));
                }
                pairs.push((name.to_owned(), data(body, &member.value)?));
            }
            Data::Map(pairs)
        }
    })
}

/// The innermost object on the way along `path`, and the index of the key that is looked up in it.
fn descend<'a, 'b>(
    body: &str,
    root: &'a Value<'b>,
    path: &[&str],
) -> Result<(&'a Object<'b>, usize), Problem> {
    let mut value = root;
    for (index, key) in path.iter().enumerate() {
        let Value::Object(object) = value else {
            let place = index
                .checked_sub(1)
                .map_or("the document".to_owned(), |above| {
                    format!("`{}`", path[above])
                });
            let kind = data(body, value)?.kind();
            let message = format!("{place} is {kind}, but must be an object");
            return Err(Problem::at(body, value.start(), message));
        };
        match object.get(key) {
            Some(member) if index + 1 < path.len() => value = &member.value,
            _ => return Ok((object, index)),
        }
    }
    Err(Problem::at(body, 0, "no key is given to look for"))
}

fn find_array(
    body: &str,
    root: Option<&Value<'_>>,
    path: &[&str],
) -> Result<Option<(Block, Style)>, Problem> {
    let Some(root) = root else { return Ok(None) };
    let (object, found) = descend(body, root, path)?;
    let Some(member) = object.get(path[found]).filter(|_| found + 1 == path.len()) else {
        return Ok(None);
    };
    let Value::Array(array) = &member.value else {
        let kind = data(body, &member.value)?.kind();
        let message = format!("`{}` is {kind}, but must be an array", path[found]);
        return Err(Problem::at(body, member.value.start(), message));
    };
    let items = array.elements.iter().map(Ranged::range);
    Ok(Some((Block::of(array.range, items), Style::of(body, root))))
}

/// A document of its own, below the comments that are there.
fn fresh(body: &str, path: &[&str], value: &Data) -> String {
    let style = Style {
        newline: newline(body),
        ..Style::DEFAULT
    };
    let new = render(&nested(path, value), &style, Some(""));
    let newline = style.newline;
    let above = body.trim_end();
    if above.is_empty() {
        return format!("{new}{newline}");
    }
    let end = if body.ends_with('\n') { "" } else { newline };
    format!("{body}{end}{new}{newline}")
}

/// `value` in a map for each key of `path`.
fn nested(path: &[&str], value: &Data) -> Data {
    path.iter().rev().fold(value.clone(), |inner, key| {
        Data::Map(vec![((*key).to_owned(), inner)])
    })
}
