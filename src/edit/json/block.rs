//! The items between two brackets: one more, or one less, and the text around them as it was. Pure.

use std::ops::Range;

use super::layout::{Style, line_indent};
use crate::edit::splice;

/// What stands between two brackets.
pub(super) struct Block {
    /// Behind the opening bracket.
    pub(super) open: usize,
    /// Before the closing one.
    pub(super) close: usize,
    pub(super) items: Vec<Range<usize>>,
}

impl Block {
    pub(super) fn of(
        range: jsonc_parser::common::Range,
        items: impl Iterator<Item = jsonc_parser::common::Range>,
    ) -> Self {
        Self {
            open: range.start + 1,
            close: range.end - 1,
            items: items.map(|it| it.start..it.end).collect(),
        }
    }

    /// `body` with one more item; `item` renders it for lines that are indented, or (`None`) for one line.
    pub(super) fn append(
        &self,
        body: &str,
        style: &Style,
        item: impl Fn(Option<&str>) -> String,
    ) -> String {
        let newline = style.newline;
        let Some((first, last)) = self.items.first().zip(self.items.last()) else {
            return self.fill(body, style, item);
        };
        let gap = Gap::of(body, last.end, self.close);
        if body[self.open..first.start].contains('\n') {
            let indent = line_indent(body, first.start);
            let (comma, trailing) = if gap.comma.is_some() {
                ("", ",")
            } else {
                (",", "")
            };
            let new = item(Some(&indent));
            return [
                &body[..last.end],
                comma,
                &body[last.end..gap.end],
                newline,
                &indent,
                &new,
                trailing,
                &body[gap.end..],
            ]
            .concat();
        }
        let space = if style.spaced { " " } else { "" };
        match gap.comma {
            Some(comma) => splice(
                body,
                comma + 1..comma + 1,
                &format!("{space}{},", item(None)),
            ),
            None => splice(body, last.end..last.end, &format!(",{space}{}", item(None))),
        }
    }

    /// `body` with the first item; comments that are there stay above it.
    pub(super) fn fill(
        &self,
        body: &str,
        style: &Style,
        item: impl Fn(Option<&str>) -> String,
    ) -> String {
        let newline = style.newline;
        let outer = line_indent(body, self.open - 1);
        let indent = format!("{outer}{}", style.unit());
        let gap = Gap::of(body, self.open, self.close);
        if style.one_line {
            return splice(body, gap.end..self.close, &item(None));
        }
        let new = format!("{newline}{indent}{}", item(Some(&indent)));
        let rest = &body[gap.end..self.close];
        if gap.end > self.open && rest.contains('\n') {
            return splice(body, gap.end..gap.end, &new);
        }
        splice(body, gap.end..self.close, &format!("{new}{newline}{outer}"))
    }

    /// `body` without item number `at`, its comma and the space before it.
    pub(super) fn remove(&self, body: &str, at: usize) -> String {
        let item = &self.items[at];
        let before = at
            .checked_sub(1)
            .map_or(self.open, |before| self.items[before].end);
        let after = self
            .items
            .get(at + 1)
            .map_or(self.close, |after| after.start);
        let (above, below) = (
            Gap::of(body, before, item.start),
            Gap::of(body, item.end, after),
        );
        let end = below.comma.map_or(item.end, |comma| comma + 1);
        let own_line = body[above.end..item.start].contains('\n');
        if at == 0 && self.items.len() > 1 && !own_line {
            return splice(body, item.start..after, "");
        }
        let commented = below
            .first_comment
            .is_some_and(|comment| !body[end.min(comment)..comment].contains('\n'));
        let start = if commented && own_line {
            item.start
        } else {
            above.end
        };
        let without = splice(body, start..end, "");
        match above.comma {
            // The last one without a comma of its own: the one before it was needed for it.
            Some(comma) if self.items.len() == at + 1 && below.comma.is_none() => {
                splice(&without, comma..comma + 1, "")
            }
            _ if self.items.len() == 1
                && above.end == self.open
                && below.first_comment.is_none() =>
            {
                let close = self.close - (end - start);
                splice(&without, self.open..close, "")
            }
            _ => without,
        }
    }
}

/// What stands between two items: white space, comments and at most one comma.
pub(super) struct Gap {
    comma: Option<usize>,
    first_comment: Option<usize>,
    /// End of the last comma or comment.
    end: usize,
}

impl Gap {
    pub(super) fn of(body: &str, from: usize, to: usize) -> Self {
        let mut gap = Self {
            comma: None,
            first_comment: None,
            end: from,
        };
        let mut at = from;
        while at < to {
            let rest = &body[at..to];
            let (length, comment) = if rest.starts_with("//") {
                let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
                (end, true)
            } else if rest.starts_with("/*") {
                (rest.find("*/").map_or(rest.len(), |end| end + 2), true)
            } else {
                (rest.chars().next().map_or(1, char::len_utf8), false)
            };
            if comment {
                gap.first_comment.get_or_insert(at);
            } else if rest.starts_with(',') {
                gap.comma = Some(at);
            }
            at += length;
            if comment || rest.starts_with(',') {
                gap.end = at;
            }
        }
        gap
    }
}
