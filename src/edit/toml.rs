//! One table of a TOML document set, replaced or removed; every other byte stays. Pure.
//!
//! The parser gives positions, and the edit is a splice of the text: written back by the parser, a document loses its
//! byte order mark and the ends of its lines.

mod put;

use std::{fmt::Write as _, ops::Range};

use toml_edit::{Document, Item, Value};

use super::{Problem, data::Data, newline, splice, split_bom};

pub use put::put;

/// What `text` says.
///
/// # Errors
///
/// Fails at the first thing that is not TOML.
pub fn read(text: &str) -> Result<Data, Problem> {
    let (_, body) = split_bom(text);
    Ok(data(parse(body)?.as_item()))
}

/// `text` with the table `value` under `path`: where it is, or else at the end.
///
/// # Errors
///
/// See [`read`]; also when something on the way is not a table.
pub fn set(text: &str, path: &[&str], value: &Data) -> Result<String, Problem> {
    let (bom, body) = split_bom(text);
    let document = parse(body)?;
    let newline = newline(body);
    let (name, parents) = path.split_last().unwrap_or((&"", &[]));
    let mut parent = document.as_item();
    for key in parents {
        check_table(body, parent, key)?;
        match parent.get(key) {
            Some(inner) => parent = inner,
            None => break,
        }
    }
    check_table(body, parent, parents.last().unwrap_or(&"the document"))?;
    if let Some(known) = parent.get(name)
        && let Some(header) = known
            .as_table()
            .and_then(toml_edit::Table::span)
            .filter(|it| !it.is_empty())
    {
        // In its place, so that a comment above it stays with it.
        let at = line_start(body, header.start);
        let (above, below): (Vec<_>, Vec<_>) = lines_of(body, known)
            .into_iter()
            .partition(|range| range.start < at);
        let below = below
            .into_iter()
            .map(|range| range.start - at..range.end - at);
        let above = remove_lines(&body[..at], above);
        let below = remove_lines(&body[at..], below.collect());
        return Ok([bom, &above, &table(path, value, newline), &below].concat());
    }
    let text = match parent.get(name) {
        Some(_) => remove(body, path)?,
        None => body.to_owned(),
    };
    if let Item::Value(Value::InlineTable(inline)) = parent
        && !std::ptr::eq(parent, document.as_item())
    {
        return set_inline(bom, body, &text, inline.span(), (name, value), parents);
    }
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        newline
    };
    let blank = if text.trim().is_empty() { "" } else { newline };
    Ok(format!(
        "{bom}{text}{end}{blank}{}",
        table(path, value, newline)
    ))
}

/// `text` without what is under `path`, and without one blank line above it.
///
/// # Errors
///
/// See [`read`].
pub fn remove(text: &str, path: &[&str]) -> Result<String, Problem> {
    let (bom, body) = split_bom(text);
    let document = parse(body)?;
    let mut item = document.as_item();
    let mut inline = None;
    for key in path {
        if let Item::Value(Value::InlineTable(table)) = item {
            inline = Some((table, *key));
        }
        match item.get(key) {
            Some(inner) => item = inner,
            None => return Ok(text.to_owned()),
        }
    }
    if let Some((table, key)) = inline {
        let without = remove_inline(body, table, key);
        return Ok(format!("{bom}{without}"));
    }
    let mut lines = lines_of(body, item);
    if let Item::Value(value) = item
        && let Some(span) = value.span()
    {
        lines.push(whole_lines(body, span));
    }
    if let Some(first) = lines.iter_mut().min_by_key(|range| range.start) {
        let above = &body[..first.start];
        let blank = ["\r\n", "\n"].into_iter().find(|newline| {
            above
                .strip_suffix(newline)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('\n'))
        });
        first.start -= blank.map_or(0, str::len);
    }
    Ok(format!("{bom}{}", remove_lines(body, lines)))
}

/// `value` as the table `path`.
#[must_use]
pub fn table(path: &[&str], value: &Data, newline: &str) -> String {
    let keys: Vec<String> = path.iter().map(|name| key(name)).collect();
    let mut text = format!("[{}]{newline}", keys.join("."));
    if let Data::Map(pairs) = value {
        for (name, value) in pairs {
            let _ = write!(text, "{} = {}{newline}", key(name), inline(value));
        }
    }
    text
}

fn parse(body: &str) -> Result<Document<&str>, Problem> {
    Document::parse(body).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let message = error.message().lines().next().unwrap_or_default().trim();
        Problem::at(body, at, message)
    })
}

fn check_table(body: &str, item: &Item, name: &str) -> Result<(), Problem> {
    if item.is_table_like() {
        return Ok(());
    }
    let kind = item.type_name();
    let at = item.span().map_or(0, |span| span.start);
    Err(Problem::at(
        body,
        at,
        format!("`{name}` is of type {kind}, but must be a table"),
    ))
}

fn data(item: &Item) -> Data {
    if let Some(table) = item.as_table_like() {
        let pairs = table.iter().map(|(key, item)| (key.to_owned(), data(item)));
        return Data::Map(pairs.collect());
    }
    match item {
        Item::ArrayOfTables(tables) => {
            let tables = tables.iter().map(|table| {
                let pairs = table.iter().map(|(key, item)| (key.to_owned(), data(item)));
                Data::Map(pairs.collect())
            });
            Data::List(tables.collect())
        }
        Item::Value(value) => value_data(value),
        Item::None | Item::Table(_) => Data::Map(Vec::new()),
    }
}

fn value_data(value: &Value) -> Data {
    match value {
        Value::String(text) => Data::text(text.value()),
        Value::Boolean(value) => Data::Bool(*value.value()),
        Value::Integer(value) => Data::Raw(value.value().to_string()),
        Value::Float(value) => Data::Raw(value.value().to_string()),
        Value::Datetime(value) => Data::Raw(value.value().to_string()),
        Value::Array(items) => Data::List(items.iter().map(value_data).collect()),
        Value::InlineTable(table) => {
            let pairs = table
                .iter()
                .map(|(key, value)| (key.to_owned(), value_data(value)));
            Data::Map(pairs.collect())
        }
    }
}

/// The lines that say what is in `item`: headers, and keys with their values.
fn lines_of(body: &str, item: &Item) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let Some(table) = item.as_table() else {
        return lines;
    };
    if let Some(header) = table.span().filter(|span| !span.is_empty()) {
        lines.push(whole_lines(body, header));
    }
    for (_, inner) in table {
        match inner {
            Item::Value(value) => {
                lines.extend(value.span().map(|span| whole_lines(body, span)));
            }
            Item::Table(_) => lines.extend(lines_of(body, inner)),
            Item::ArrayOfTables(tables) => {
                for table in tables {
                    lines.extend(lines_of(body, &Item::Table(table.clone())));
                }
            }
            Item::None => {}
        }
    }
    // What stands between the header and the last key, such as a comment, belongs to the table.
    match (lines.first().cloned(), table.span()) {
        (Some(first), Some(header)) if !header.is_empty() => {
            let own = table
                .iter()
                .filter_map(|(_, inner)| inner.as_value()?.span());
            let end = own.map(|span| whole_lines(body, span).end).max();
            lines.push(first.start..end.unwrap_or(first.end));
        }
        _ => {}
    }
    lines
}

fn remove_lines(body: &str, mut lines: Vec<Range<usize>>) -> String {
    lines.sort_by_key(|range| range.start);
    let (mut text, mut at) = (String::with_capacity(body.len()), 0);
    for range in lines {
        if range.start > at {
            text.push_str(&body[at..range.start]);
        }
        at = at.max(range.end);
    }
    text + &body[at..]
}

fn whole_lines(body: &str, span: Range<usize>) -> Range<usize> {
    let end = body[span.end..]
        .find('\n')
        .map_or(body.len(), |newline| span.end + newline + 1);
    line_start(body, span.start)..end
}

fn line_start(body: &str, at: usize) -> usize {
    body[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// `text` (which is `body` without an older entry) with one more member in the inline table `parents`.
fn set_inline(
    bom: &str,
    body: &str,
    text: &str,
    span: Option<Range<usize>>,
    (name, value): (&str, &Data),
    parents: &[&str],
) -> Result<String, Problem> {
    let new = format!("{} = {}", key(name), inline(value));
    let span = if text == body {
        span
    } else {
        let document = parse(text)?;
        let found = parents
            .iter()
            .try_fold(document.as_item(), |item, key| item.get(key));
        found.and_then(Item::span)
    };
    let Some(span) = span else {
        return Err(Problem::at(body, 0, "the table has no place"));
    };
    let inside = text[span.start + 1..span.end - 1].trim_end();
    let at = span.start + 1 + inside.len();
    let comma = if inside.trim().is_empty() { " " } else { ", " };
    let end = if at + 1 == span.end { " " } else { "" };
    Ok(format!(
        "{bom}{}",
        splice(text, at..at, &format!("{comma}{new}{end}"))
    ))
}

fn remove_inline(body: &str, table: &toml_edit::InlineTable, name: &str) -> String {
    let members: Vec<(&str, Range<usize>)> = table
        .iter()
        .filter_map(|(key, value)| {
            let start = table.key(key)?.span()?.start;
            Some((key, start..value.span()?.end))
        })
        .collect();
    let Some(at) = members.iter().position(|(key, _)| *key == name) else {
        return body.to_owned();
    };
    let own = members[at].1.clone();
    let range = match (at.checked_sub(1), members.get(at + 1)) {
        (Some(before), _) => members[before].1.end..own.end,
        (None, Some(after)) => own.start..after.1.start,
        (None, None) => own,
    };
    splice(body, range, "")
}

fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn inline(data: &Data) -> String {
    match data {
        Data::Raw(text) => text.clone(),
        Data::Bool(value) => value.to_string(),
        Data::Text(text) => quoted(text),
        Data::List(items) => {
            let items: Vec<_> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Data::Map(pairs) => {
            let pairs = pairs.iter();
            let pairs: Vec<_> = pairs
                .map(|(name, value)| format!("{} = {}", key(name), inline(value)))
                .collect();
            if pairs.is_empty() {
                return "{}".to_owned();
            }
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}
