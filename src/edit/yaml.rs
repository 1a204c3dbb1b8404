//! One entry of a YAML document set, replaced or removed; every other byte stays. Pure.
//!
//! The parser gives positions, and the edit is a splice of the text: nothing that writes YAML keeps comments and layout.
//! What has no safe place in a document (several documents, anchors on the way, keys with marks) is refused.

mod render;
mod write;

use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};

use super::{Problem, data::Data, split_bom};

pub use write::{block, remove, set};

/// What `text` says; an empty document, like an empty value, is an empty object.
///
/// # Errors
///
/// Fails at the first thing that is not YAML, at a second document, and at a key that occurs twice or is not a scalar.
pub fn read(text: &str) -> Result<Data, Problem> {
    let (_, body) = split_bom(text);
    match parse(body)? {
        Some(root) => data(body, &root),
        None => Ok(Data::Map(Vec::new())),
    }
}

/// A node, and where its own text is.
struct Node {
    at: Range<usize>,
    kind: Kind,
    /// Whether aliases may stand for it elsewhere.
    anchored: bool,
}

enum Kind {
    /// Nothing is written.
    Empty,
    Scalar {
        text: String,
        style: ScalarStyle,
    },
    List {
        items: Vec<Node>,
        flow: bool,
    },
    Map {
        pairs: Vec<(Node, Node)>,
        flow: bool,
    },
    Alias(usize),
}

impl Node {
    /// Where what it says ends; what only ends a line does not count.
    fn end(&self, body: &str) -> usize {
        match &self.kind {
            Kind::List { items, flow: false } => {
                items.last().map_or(self.at.end, |last| last.end(body))
            }
            Kind::Map { pairs, flow: false } => {
                let last = pairs.last();
                last.map_or(self.at.end, |(key, value)| pair_end(body, key, value))
            }
            Kind::Scalar {
                style: ScalarStyle::Literal | ScalarStyle::Folded,
                ..
            } => self.at.start + body[self.at.clone()].trim_end().len(),
            _ => self.at.end,
        }
    }

    /// Whether it stands between brackets, quotes or spaces, and not on lines of its own.
    fn is_inline(&self) -> bool {
        match &self.kind {
            Kind::Scalar { style, .. } => {
                !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
            }
            Kind::List { flow, .. } | Kind::Map { flow, .. } => *flow,
            Kind::Alias(_) => true,
            Kind::Empty => false,
        }
    }
}

fn pair_end(body: &str, key: &Node, value: &Node) -> usize {
    match value.kind {
        Kind::Empty => key.at.end,
        _ => value.end(body),
    }
}

type Events<'a> = dyn Iterator<Item = Result<(Event<'a>, Range<usize>), Problem>> + 'a;

fn parse(body: &str) -> Result<Option<Node>, Problem> {
    // As most readers do: what a text that ends the document says depends on whether a line end follows it.
    let options = granit_parser::options! { block_scalar_eof_without_line_feed: true };
    let events = Parser::new_from_str_with_options(body, options).map(|event| {
        let (event, span) = event.map_err(|error| {
            let at = error.marker().byte_offset().unwrap_or_default();
            let message = error.info();
            let mut letters = message.chars();
            let first = letters.next().unwrap_or_default().to_lowercase();
            Problem::at(body, at, format!("{first}{}", letters.as_str()))
        })?;
        Ok((event, span.byte_range().unwrap_or_default()))
    });
    let events: &mut Events<'_> = &mut { events };
    let mut root = None;
    while let Some(event) = events.next() {
        let (event, at) = event?;
        if !matches!(event, Event::DocumentStart(..)) {
            continue;
        }
        if root.is_some() {
            return Err(Problem::at(body, at.start, "a second document begins"));
        }
        let first = events.next().unwrap_or_else(|| Err(cut_short(body)))?;
        let node = node(body, first, events)?;
        root = Some(node).filter(|node| !matches!(node.kind, Kind::Empty));
    }
    Ok(root)
}

fn cut_short(body: &str) -> Problem {
    Problem::at(body, body.len(), "the document ends too early")
}

fn node<'a>(
    body: &str,
    (event, at): (Event<'a>, Range<usize>),
    events: &mut Events<'a>,
) -> Result<Node, Problem> {
    let (kind, anchor, end) = match event {
        Event::Scalar(_, ScalarStyle::Plain, anchor, None) if at.is_empty() => {
            (Kind::Empty, anchor, at.end)
        }
        Event::Scalar(text, style, anchor, _) => {
            let text = text.into_owned();
            (Kind::Scalar { text, style }, anchor, at.end)
        }
        Event::Alias(id) => (Kind::Alias(id), 0, at.end),
        Event::SequenceStart(style, anchor, _) => {
            let mut items = Vec::new();
            let end = loop {
                match events.next().unwrap_or_else(|| Err(cut_short(body)))? {
                    (Event::SequenceEnd, at) => break at.end,
                    item => items.push(node(body, item, events)?),
                }
            };
            let flow = style == StructureStyle::Flow;
            (Kind::List { items, flow }, anchor, end)
        }
        Event::MappingStart(style, anchor, _) => {
            let mut pairs = Vec::new();
            let end = loop {
                match events.next().unwrap_or_else(|| Err(cut_short(body)))? {
                    (Event::MappingEnd, at) => break at.end,
                    key => {
                        let key = node(body, key, events)?;
                        let value = events.next().unwrap_or_else(|| Err(cut_short(body)))?;
                        pairs.push((key, node(body, value, events)?));
                    }
                }
            };
            let flow = style == StructureStyle::Flow;
            (Kind::Map { pairs, flow }, anchor, end)
        }
        _ => return Err(Problem::at(body, at.start, "a value is missing")),
    };
    Ok(Node {
        at: at.start..end,
        kind,
        anchored: anchor != 0,
    })
}

fn data(body: &str, node: &Node) -> Result<Data, Problem> {
    Ok(match &node.kind {
        Kind::Empty => Data::Map(Vec::new()),
        Kind::Scalar { text, style } if *style == ScalarStyle::Plain => plain(text),
        Kind::Scalar { text, .. } => Data::text(text),
        // Not what it stands for: that could be a hundred times the file.
        Kind::Alias(id) => Data::Raw(format!("*{id}")),
        Kind::List { items, .. } => {
            let items = items.iter().map(|item| data(body, item));
            Data::List(items.collect::<Result<_, _>>()?)
        }
        Kind::Map { pairs, .. } => {
            let mut found: Vec<(String, Data)> = Vec::new();
            let mut known = std::collections::HashSet::new();
            for (key, value) in pairs {
                let name = name(key)
                    .ok_or_else(|| Problem::at(body, key.at.start, "a key is not a scalar"))?;
                if !known.insert(name) {
                    let twice = format!("the key `{}` occurs twice", name.escape_debug());
                    return Err(Problem::at(body, key.at.start, twice));
                }
                found.push((name.to_owned(), data(body, value)?));
            }
            Data::Map(found)
        }
    })
}

fn name(key: &Node) -> Option<&str> {
    match &key.kind {
        Kind::Scalar { text, .. } => Some(text),
        _ => None,
    }
}

/// A scalar without quotes, by the core schema.
fn plain(text: &str) -> Data {
    let digits = text.trim_start_matches(['-', '+', '.']);
    match text {
        "~" | "null" | "Null" | "NULL" => Data::Raw("null".to_owned()),
        "true" | "True" | "TRUE" => Data::Bool(true),
        "false" | "False" | "FALSE" => Data::Bool(false),
        _ if digits.starts_with(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok() => {
            Data::Raw(text.to_owned())
        }
        _ => Data::text(text),
    }
}
