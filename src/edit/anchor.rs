//! Sorted insertion above an anchor comment.

use std::cmp::Ordering;

use serde::Deserialize;

/// How names are sorted: runs of digits by value, everything else by character.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// `_` before everything else (Rust style guide, "Sorting", style edition 2024).
    #[default]
    Version,
    /// `_` by its code, and zeros in front of a number count (the crate `natord`, with which Ruff sorts imports).
    Natural,
}

/// `text` with `line` above the line that contains `anchor`, sorted among those lines of the paragraph that ends there which
/// start with `prefix`. A line that is there already leaves `text` as it is; `None` when there is no anchor.
#[must_use]
pub fn insert_sorted(
    text: &str,
    anchor: &str,
    prefix: &str,
    line: &str,
    order: Order,
) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let end = lines.iter().position(|known| mentions(known, anchor))?;
    let newline = if lines[end].ends_with("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let known = |at: usize| lines[at].trim_end_matches(['\r', '\n']);
    let paragraph = (0..end)
        .rev()
        .take_while(|at| !known(*at).trim().is_empty());
    let mut alike: Vec<usize> = paragraph
        .filter(|at| known(*at).starts_with(prefix))
        .collect();
    alike.reverse();
    if alike.iter().any(|at| known(*at) == line) {
        return Some(text.to_owned());
    }
    let after = |at: &&usize| {
        let rest = &known(**at)[prefix.len()..];
        compare(rest, &line[prefix.len()..], order).is_gt()
    };
    let below_all = alike.last().map_or(end, |last| last + 1);
    let at = alike.iter().find(after).copied().unwrap_or(below_all);
    let (above, below) = lines.split_at(at);
    Some([&above.concat(), line, newline, &below.concat()].concat())
}

/// `text` with `block`, which ends its last line, above the line that contains `anchor`. `text` stays as it is when it has
/// the block's first line; `None` when there is no anchor.
#[must_use]
pub fn insert_block(text: &str, anchor: &str, block: &str) -> Option<String> {
    let first = block.lines().find(|line| !line.is_empty())?;
    if text.lines().any(|known| known == first) {
        return Some(text.to_owned());
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let end = lines.iter().position(|known| mentions(known, anchor))?;
    let block = if lines[end].ends_with("\r\n") {
        block.replace('\n', "\r\n")
    } else {
        block.to_owned()
    };
    let (above, below) = lines.split_at(end);
    Some([above.concat(), block, below.concat()].concat())
}

/// Whether `line` holds `anchor` as a whole word, so that `x:tool` is not found in `x:tool-routes`.
#[must_use]
pub fn mentions(line: &str, anchor: &str) -> bool {
    line.match_indices(anchor).any(|(at, _)| {
        let next = line[at + anchor.len()..].chars().next();
        next.is_none_or(|c| !c.is_alphanumeric() && c != '-' && c != '_')
    })
}

/// The name ends where neither letter, digit nor `_` follows.
fn compare(a: &str, b: &str, order: Order) -> Ordering {
    let (mut a_rest, mut b_rest) = (name(a), name(b));
    while let (Some(x), Some(y)) = (a_rest.chars().next(), b_rest.chars().next()) {
        let found = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (digits_x, digits_y) = (digits(a_rest), digits(b_rest));
            a_rest = &a_rest[digits_x.len()..];
            b_rest = &b_rest[digits_y.len()..];
            order.numbers(digits_x, digits_y)
        } else {
            a_rest = &a_rest[x.len_utf8()..];
            b_rest = &b_rest[y.len_utf8()..];
            order.letters(x, y)
        };
        if found != Ordering::Equal {
            return found;
        }
    }
    a_rest.len().cmp(&b_rest.len()).then_with(|| a.cmp(b))
}

impl Order {
    fn numbers(self, x: &str, y: &str) -> Ordering {
        // What starts with a zero counts as decimals.
        if self == Self::Natural && (x.starts_with('0') || y.starts_with('0')) {
            return x.cmp(y);
        }
        let (x, y) = (x.trim_start_matches('0'), y.trim_start_matches('0'));
        (x.len(), x).cmp(&(y.len(), y))
    }

    fn letters(self, x: char, y: char) -> Ordering {
        match self {
            Self::Version => (x != '_', x).cmp(&(y != '_', y)),
            Self::Natural => x.cmp(&y),
        }
    }
}

fn name(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    if end == 0 { text } else { &text[..end] }
}

fn digits(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "use x;\n\nmod b;\nmod d;\n// anchor:modules\n\nfn f() {\n    // anchor:modules-2\n}\n";

    #[test]
    fn lines_go_where_rustfmt_would_sort_them() {
        for (line, expected) in [
            ("mod a;", "mod a;\nmod b;\nmod d;\n"),
            ("mod c;", "mod b;\nmod c;\nmod d;\n"),
            ("mod e;", "mod b;\nmod d;\nmod e;\n"),
        ] {
            let edited = insert_sorted(FILE, "anchor:modules", "mod ", line, Order::Version)
                .expect("the anchor is there");
            assert_eq!(edited, FILE.replace("mod b;\nmod d;\n", expected));
            let again = insert_sorted(&edited, "anchor:modules", "mod ", line, Order::Version)
                .expect("the anchor is there");
            assert_eq!(again, edited, "a second insertion changes nothing");
        }
    }

    #[test]
    fn numbers_sort_by_value_and_underscores_as_the_language_has_it() {
        for (order, expected) in [
            (Order::Version, "a a_b a1 ab x_1 x09 x9 x10"),
            (Order::Natural, "a a1 a_b ab x09 x9 x10 x_1"),
        ] {
            let mut text = "// anchor\n".to_owned();
            for name in ["x10", "x9", "ab", "a_b", "x09", "a", "a1", "x_1"] {
                let line = format!("mod {name};");
                text = insert_sorted(&text, "anchor", "mod ", &line, order)
                    .expect("the anchor is there");
            }
            let names: Vec<&str> = text
                .lines()
                .filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'))
                .collect();
            assert_eq!(names.join(" "), expected);
        }
    }

    #[test]
    fn lines_of_different_kinds_keep_to_their_own() {
        let mut text = "Offers:\n\n<!-- anchor -->\n".to_owned();
        for (prefix, line) in [
            ("- tool ", "- tool b"),
            ("- prompt ", "- prompt c"),
            ("- tool ", "- tool c"),
            ("- prompt ", "- prompt a"),
            ("- tool ", "- tool a"),
            ("- tool ", "- tool b"),
        ] {
            text = insert_sorted(&text, "anchor", prefix, line, Order::Version)
                .expect("the anchor is there");
        }
        let expected =
            "Offers:\n\n- tool a\n- tool b\n- tool c\n- prompt a\n- prompt c\n<!-- anchor -->\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_block_goes_above_its_anchor_once() {
        let block = "fn g() {\n}\n\n";
        let edited = insert_block(FILE, "anchor:modules", block).expect("the anchor is there");
        let expected = FILE.replace("// anchor:modules\n", "fn g() {\n}\n\n// anchor:modules\n");
        assert_eq!(edited, expected);
        assert_eq!(insert_block(&edited, "anchor:modules", block), Some(edited));
        assert_eq!(insert_block(FILE, "anchor:other", block), None);
        let crlf = insert_block("x\r\n// anchor\r\n", "anchor", "y\n");
        assert_eq!(crlf.as_deref(), Some("x\r\ny\r\n// anchor\r\n"));
    }

    #[test]
    fn a_missing_anchor_is_reported_and_line_ends_are_kept() {
        assert_eq!(
            insert_sorted(FILE, "anchor:other", "mod ", "mod a;", Order::Version),
            None
        );
        let crlf = insert_sorted(
            "mod b;\r\n// anchor\r\n",
            "anchor",
            "mod ",
            "mod a;",
            Order::Version,
        )
        .expect("the anchor is there");
        assert_eq!(crlf, "mod a;\r\nmod b;\r\n// anchor\r\n");
        let mixed = insert_sorted(
            "x\r\ny\nmod b;\n// anchor",
            "anchor",
            "mod ",
            "mod c;",
            Order::Version,
        )
        .expect("the anchor is there");
        assert_eq!(mixed, "x\r\ny\nmod b;\nmod c;\n// anchor");
    }
}
