//! Makes what a server sent safe to show: escaped, and never longer than a bound.
//!
//! Everything a server says passes through here before it enters a report, so neither a terminal nor a log reader
//! meets a raw escape sequence.

/// Characters of a name.
pub(super) const NAME: usize = 80;
/// Characters of one line that are worth showing.
pub(super) const LINE: usize = 200;
/// Characters of a reason, which may quote an error message.
pub(super) const REASON: usize = 400;

/// `text` on one line, control and invisible characters escaped, cut at `max` characters.
pub(super) fn shown(text: &str, max: usize) -> String {
    let mut out = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == max {
            out.push('…');
            break;
        }
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || is_invisible(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Like [`shown`], for bytes that need not be UTF-8.
pub(super) fn shown_bytes(bytes: &[u8], max: usize) -> String {
    // Four bytes a character at most: the rest could not be shown anyway.
    let head = &bytes[..bytes.len().min(max.saturating_mul(4) + 4)];
    shown(&String::from_utf8_lossy(head), max)
}

/// Characters that reorder or hide text: bidirectional controls, zero-width characters, tags, line separators.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// `1 tool`, `2 tools`.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_and_line_breaks_cannot_reach_the_terminal() {
        assert_eq!(
            shown("\u{1b}[2Jhi\r\n\u{9b}", 99),
            "\\u{1b}[2Jhi\\r\\n\\u{9b}"
        );
        assert_eq!(shown("a\u{202e}b\u{200b}", 99), "a\\u{202e}b\\u{200b}");
    }

    #[test]
    fn long_text_is_cut_by_characters_not_bytes() {
        assert_eq!(shown("ééééé", 3), "ééé…");
        assert_eq!(shown("ééé", 3), "ééé");
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_shown_as_replacements() {
        assert_eq!(shown_bytes(b"\xff\xfeok", 10), "\u{fffd}\u{fffd}ok");
        assert_eq!(shown_bytes("é".repeat(1000).as_bytes(), 2), "éé…");
    }
}
