//! White space that JSON does not know, which the parser lets pass. Pure.

use crate::edit::Problem;

/// Refuse what looks like a space and is none in JSON, such as one that does not break; texts and comments may have it.
pub(super) fn check(body: &str) -> Result<(), Problem> {
    let mut at = 0;
    while let Some(c) = body[at..].chars().next() {
        let rest = &body[at..];
        at += match c {
            '"' => text_length(rest),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            ' ' | '\t' | '\r' | '\n' => 1,
            c if c.is_whitespace() || c == '\u{feff}' => {
                let message = format!("`{}` is not white space in JSON", c.escape_unicode());
                return Err(Problem::at(body, at, message));
            }
            c => c.len_utf8(),
        };
    }
    Ok(())
}

/// How long the text is that `rest` begins with.
fn text_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}
