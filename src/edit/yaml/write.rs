//! Where an entry goes in a document, and how it is written there. Pure.

use std::ops::Range;

use super::{
    Kind, Node, data, name, pair_end, parse,
    render::{inline, lines, scalar},
};
use crate::edit::{Problem, data::Data, newline, splice, split_bom};

/// `text` with `value` under `path`: replaced where it is, or else below the last entry beside it.
///
/// # Errors
///
/// See [`super::read`]; also when something on the way is not a mapping, or has no place for an entry.
pub fn set(text: &str, path: &[&str], value: &Data) -> Result<String, Problem> {
    let (bom, body) = split_bom(text);
    let Some(root) = parse(body)? else {
        let new = block(path, value, newline(body));
        let end = line_gap(body, body.len());
        return Ok(format!("{bom}{body}{end}{new}"));
    };
    data(body, &root)?;
    let place = Place::find(body, &root, path)?;
    let new = match place.known {
        Some((key, known)) => place.replace(body, key, known, value)?,
        None => place.insert(body, value)?,
    };
    Ok(format!("{bom}{new}"))
}

/// `text` without the entry at `path`; the same text when there is none.
///
/// # Errors
///
/// See [`set`].
pub fn remove(text: &str, path: &[&str]) -> Result<String, Problem> {
    let (bom, body) = split_bom(text);
    let Some(root) = parse(body)? else {
        return Ok(text.to_owned());
    };
    data(body, &root)?;
    let place = Place::find(body, &root, path)?;
    Ok(match place.known {
        Some((key, known)) => format!("{bom}{}", place.remove(body, key, known)?),
        None => text.to_owned(),
    })
}

/// `value` under `path` as lines of a document of its own.
#[must_use]
pub fn block(path: &[&str], value: &Data, newline: &str) -> String {
    let mut text = String::new();
    let value = nested(&path[1..], value);
    lines(&mut text, path[0], &value, 0, (DEFAULT_UNIT, newline));
    text
}

const DEFAULT_UNIT: usize = 2;

/// Where an entry is, or would be.
struct Place<'a> {
    /// The innermost mapping on the way, or an empty value.
    parent: &'a Node,
    /// The key of `parent`, but for the whole document.
    owner: Option<&'a Node>,
    /// The key that is looked up in `parent`, and those below it.
    path: &'a [&'a str],
    /// How deep a mapping stands in the one around it.
    unit: usize,
    known: Option<(&'a Node, &'a Node)>,
}

impl<'a> Place<'a> {
    fn find(body: &str, root: &'a Node, path: &'a [&'a str]) -> Result<Self, Problem> {
        let mut place = Self {
            parent: root,
            owner: None,
            path,
            unit: unit(body, root),
            known: None,
        };
        loop {
            let parent = place.parent;
            if parent.anchored {
                let message = "other places refer to this mapping and would change with it";
                return Err(Problem::at(body, parent.at.start, message));
            }
            let pairs = match &parent.kind {
                Kind::Map { pairs, .. } => pairs,
                Kind::Empty => return Ok(place),
                _ => {
                    let kind = data(body, parent)?.kind();
                    let what = match place.owner.and_then(name) {
                        Some(name) => format!("`{name}`"),
                        None => "the document".to_owned(),
                    };
                    let message = format!("{what} is {kind}, but must be an object");
                    return Err(Problem::at(body, parent.at.start, message));
                }
            };
            let found = pairs
                .iter()
                .find(|(key, _)| name(key) == Some(place.path[0]));
            match found {
                Some((key, value)) if place.path.len() > 1 => {
                    place.parent = value;
                    place.owner = Some(key);
                    place.path = &place.path[1..];
                }
                _ => {
                    place.known = found.map(|(key, value)| (key, value));
                    return Ok(place);
                }
            }
        }
    }

    fn insert(&self, body: &str, value: &Data) -> Result<String, Problem> {
        let value = nested(&self.path[1..], value);
        let newline = newline(body);
        match (&self.parent.kind, self.owner) {
            (Kind::Map { pairs, flow: false }, _) => {
                let Some((first, (key, last))) = pairs.first().zip(pairs.last()) else {
                    return Err(no_place(body, self.parent));
                };
                let column = column(body, &first.0)?;
                let mut new = String::new();
                lines(&mut new, self.path[0], &value, column, (self.unit, newline));
                Ok(put_below(body, pair_end(body, key, last), &new))
            }
            (Kind::Map { pairs, flow: true }, Some(owner)) if pairs.is_empty() => {
                // Lines read better than braces, if the key has a line of its own.
                let Ok(outer) = column(body, owner) else {
                    return Ok(self.insert_inline(body, &value));
                };
                let colon = after_colon(body, owner);
                let at = self.parent.at.clone();
                if !body[colon..at.start].trim_matches(' ').is_empty() {
                    return Ok(self.insert_inline(body, &value));
                }
                let without = splice(body, colon..at.end, "");
                let mut new = String::new();
                let inner = outer + self.unit;
                lines(&mut new, self.path[0], &value, inner, (self.unit, newline));
                Ok(put_below(&without, colon, &new))
            }
            (Kind::Map { flow: true, .. }, _) => Ok(self.insert_inline(body, &value)),
            (Kind::Empty, Some(owner)) => {
                let inner = column(body, owner)? + self.unit;
                let mut new = String::new();
                lines(&mut new, self.path[0], &value, inner, (self.unit, newline));
                Ok(put_below(body, after_colon(body, owner), &new))
            }
            _ => Err(no_place(body, self.parent)),
        }
    }

    fn insert_inline(&self, body: &str, value: &Data) -> String {
        let close = self.parent.at.end - 1;
        let inside = body[self.parent.at.start + 1..close].trim_end();
        let at = self.parent.at.start + 1 + inside.len();
        let comma = match inside.trim() {
            "" => "",
            inside if inside.ends_with(',') => " ",
            _ => ", ",
        };
        let new = format!("{comma}{}: {}", scalar(self.path[0]), inline(value));
        splice(body, at..at, &new)
    }

    fn replace(
        &self,
        body: &str,
        key: &Node,
        known: &Node,
        value: &Data,
    ) -> Result<String, Problem> {
        if known.anchored {
            return Err(no_place(body, known));
        }
        let is_map = |data: &Data| matches!(data, Data::Map(pairs) if !pairs.is_empty());
        let flow = matches!(self.parent.kind, Kind::Map { flow: true, .. });
        if known.is_inline() && (flow || !is_map(value)) {
            return Ok(splice(body, known.at.clone(), &inline(value)));
        }
        if matches!(known.kind, Kind::Empty) && !is_map(value) {
            let at = after_colon(body, key);
            return Ok(splice(body, at..at, &format!(" {}", inline(value))));
        }
        let column = column(body, key)?;
        let mut new = String::new();
        lines(
            &mut new,
            self.path[0],
            value,
            column,
            (self.unit, newline(body)),
        );
        Ok(splice(body, whole_lines(body, key, known), &new))
    }

    fn remove(&self, body: &str, key: &Node, known: &Node) -> Result<String, Problem> {
        let Kind::Map { pairs, flow } = &self.parent.kind else {
            return Err(no_place(body, self.parent));
        };
        if *flow {
            let at = pairs
                .iter()
                .position(|pair| std::ptr::eq(&raw const pair.0, key));
            return Ok(remove_inline(body, pairs, at.unwrap_or_default()));
        }
        column(body, key)?;
        let without = splice(body, whole_lines(body, key, known), "");
        // A key without anything would say null.
        Ok(match self.owner.filter(|_| pairs.len() == 1) {
            Some(owner) => {
                let at = after_colon(body, owner);
                splice(&without, at..at, " {}")
            }
            None => without,
        })
    }
}

fn no_place(body: &str, node: &Node) -> Problem {
    Problem::at(body, node.at.start, "no entry can be added to this mapping")
}

fn remove_inline(body: &str, pairs: &[(Node, Node)], at: usize) -> String {
    let end = |(key, value): &(Node, Node)| pair_end(body, key, value);
    let own = pairs[at].0.at.start..end(&pairs[at]);
    let range = match (at.checked_sub(1), pairs.get(at + 1)) {
        (Some(before), _) => end(&pairs[before])..own.end,
        (None, Some(after)) => own.start..after.0.at.start,
        (None, None) => own,
    };
    splice(body, range, "")
}

/// The column of a key that begins its line.
fn column(body: &str, key: &Node) -> Result<usize, Problem> {
    let before = &body[line_start(body, key.at.start)..key.at.start];
    if before.bytes().all(|byte| byte == b' ') {
        return Ok(before.len());
    }
    let message = "this key does not begin its line, so no entry can be added beside it";
    Err(Problem::at(body, key.at.start, message))
}

fn line_start(body: &str, at: usize) -> usize {
    body[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The end of the line of `at`, with what ends it.
fn line_end(body: &str, at: usize) -> usize {
    body[at..]
        .find('\n')
        .map_or(body.len(), |newline| at + newline + 1)
}

fn whole_lines(body: &str, key: &Node, value: &Node) -> Range<usize> {
    line_start(body, key.at.start)..line_end(body, pair_end(body, key, value))
}

/// Behind the colon of a key.
fn after_colon(body: &str, key: &Node) -> usize {
    let colon = body[key.at.end..].find(':');
    colon.map_or(key.at.end, |colon| key.at.end + colon + 1)
}

/// What has to end the line above `at`.
fn line_gap(body: &str, at: usize) -> &'static str {
    if body[..at].is_empty() || body[..at].ends_with('\n') {
        ""
    } else {
        newline(body)
    }
}

/// `body` with lines below that of `at`.
fn put_below(body: &str, at: usize, new: &str) -> String {
    let at = line_end(body, at);
    splice(body, at..at, &format!("{}{new}", line_gap(body, at)))
}

/// How deep mappings stand in `root`.
fn unit(body: &str, root: &Node) -> usize {
    let Kind::Map { pairs, .. } = &root.kind else {
        return DEFAULT_UNIT;
    };
    let depth = pairs.iter().find_map(|(key, value)| match &value.kind {
        Kind::Map { pairs, flow: false } => {
            let inner = column(body, &pairs.first()?.0).ok()?;
            inner.checked_sub(column(body, key).ok()?)
        }
        _ => None,
    });
    depth.filter(|depth| *depth > 0).unwrap_or(DEFAULT_UNIT)
}

/// `value` in a map for each key of `path`.
fn nested(path: &[&str], value: &Data) -> Data {
    path.iter().rev().fold(value.clone(), |inner, key| {
        Data::Map(vec![((*key).to_owned(), inner)])
    })
}
