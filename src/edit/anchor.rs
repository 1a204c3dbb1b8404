//! Sorted insertion above an anchor comment.

use std::cmp::Ordering;

/// `text` with `line` above the line that contains `anchor`, sorted among those lines of the paragraph that ends there which
/// start with `prefix`. A line that is there already leaves `text` as it is; `None` when there is no anchor.
#[must_use]
pub fn insert_sorted(text: &str, anchor: &str, prefix: &str, line: &str) -> Option<String> {
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
    let after = |at: &&usize| compare(&known(**at)[prefix.len()..], &line[prefix.len()..]).is_gt();
    let below_all = alike.last().map_or(end, |last| last + 1);
    let at = alike.iter().find(after).copied().unwrap_or(below_all);
    let (above, below) = lines.split_at(at);
    Some([&above.concat(), line, newline, &below.concat()].concat())
}

/// Whether `line` holds `anchor` as a whole word, so that `x:tool` is not found in `x:tool-routes`.
fn mentions(line: &str, anchor: &str) -> bool {
    line.match_indices(anchor).any(|(at, _)| {
        let next = line[at + anchor.len()..].chars().next();
        next.is_none_or(|c| !c.is_alphanumeric() && c != '-' && c != '_')
    })
}

/// Order of two names as rustfmt sorts them (Rust style guide, "Sorting", style edition 2024): runs of digits by value,
/// everything else by character, `_` first; the name ends where neither letter, digit nor `_` follows.
fn compare(a: &str, b: &str) -> Ordering {
    let (name_a, name_b) = (name(a), name(b));
    let (mut a_rest, mut b_rest) = (name_a, name_b);
    while let (Some(x), Some(y)) = (a_rest.chars().next(), b_rest.chars().next()) {
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (digits_x, digits_y) = (digits(a_rest), digits(b_rest));
            a_rest = &a_rest[digits_x.len()..];
            b_rest = &b_rest[digits_y.len()..];
            let (value_x, value_y) = (
                digits_x.trim_start_matches('0'),
                digits_y.trim_start_matches('0'),
            );
            (value_x.len(), value_x).cmp(&(value_y.len(), value_y))
        } else {
            a_rest = &a_rest[x.len_utf8()..];
            b_rest = &b_rest[y.len_utf8()..];
            (x != '_', x).cmp(&(y != '_', y))
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    a_rest.len().cmp(&b_rest.len()).then_with(|| a.cmp(b))
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
            let edited =
                insert_sorted(FILE, "anchor:modules", "mod ", line).expect("the anchor is there");
            assert_eq!(edited, FILE.replace("mod b;\nmod d;\n", expected));
            let again = insert_sorted(&edited, "anchor:modules", "mod ", line)
                .expect("the anchor is there");
            assert_eq!(again, edited, "a second insertion changes nothing");
        }
    }

    #[test]
    fn version_sort_orders_numbers_by_value_and_underscores_first() {
        let mut text = "// anchor\n".to_owned();
        for name in ["x10", "x9", "ab", "a_b", "a", "a1", "x_1"] {
            text = insert_sorted(&text, "anchor", "mod ", &format!("mod {name};"))
                .expect("the anchor is there");
        }
        assert_eq!(
            text,
            "mod a;\nmod a_b;\nmod a1;\nmod ab;\nmod x_1;\nmod x9;\nmod x10;\n// anchor\n"
        );
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
            text = insert_sorted(&text, "anchor", prefix, line).expect("the anchor is there");
        }
        let expected =
            "Offers:\n\n- tool a\n- tool b\n- tool c\n- prompt a\n- prompt c\n<!-- anchor -->\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_missing_anchor_is_reported_and_line_ends_are_kept() {
        assert_eq!(insert_sorted(FILE, "anchor:other", "mod ", "mod a;"), None);
        let crlf = insert_sorted("mod b;\r\n// anchor\r\n", "anchor", "mod ", "mod a;")
            .expect("the anchor is there");
        assert_eq!(crlf, "mod a;\r\nmod b;\r\n// anchor\r\n");
        let mixed = insert_sorted("x\r\ny\nmod b;\n// anchor", "anchor", "mod ", "mod c;")
            .expect("the anchor is there");
        assert_eq!(mixed, "x\r\ny\nmod b;\nmod c;\n// anchor");
    }
}
