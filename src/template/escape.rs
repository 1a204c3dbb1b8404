//! How a text becomes a literal of each file type, so that no template has to remember to escape. Pure.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

/// File types that a user's text can be printed into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileType {
    Toml,
    Json,
    Yaml,
    Markdown,
    Dockerfile,
    Rust,
    Python,
    /// No syntax at all, such as a license.
    Plain,
    /// Anything else: printing a user's text there is an error.
    Other,
}

impl FileType {
    /// The type of the file that is written to `path`.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("toml") => Self::Toml,
            Some("json") => Self::Json,
            Some("yml" | "yaml") => Self::Yaml,
            Some("md") => Self::Markdown,
            Some("rs") => Self::Rust,
            Some("py") => Self::Python,
            None if name == "Dockerfile" => Self::Dockerfile,
            None if name.starts_with("LICENSE") => Self::Plain,
            _ => Self::Other,
        }
    }

    /// The name under which the renderer knows this type.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Toml => "toml",
            Self::Json => "json",
            Self::Yaml => "yaml",
            Self::Markdown => "markdown",
            Self::Dockerfile => "dockerfile",
            Self::Rust => "rs",
            Self::Python => "py",
            Self::Plain => "plain",
            Self::Other => "other",
        }
    }

    /// The inverse of [`FileType::id`].
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [
            Self::Toml,
            Self::Json,
            Self::Yaml,
            Self::Markdown,
            Self::Dockerfile,
            Self::Rust,
            Self::Python,
            Self::Plain,
            Self::Other,
        ]
        .into_iter()
        .find(|file_type| file_type.id() == id)
    }

    /// `text` as literals that a compiler joins, none wider than `width`, where the type has that; else as one.
    /// They break behind a space where there is one.
    #[must_use]
    pub fn pieces(self, text: &str, width: usize) -> Option<Vec<String>> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while self == Self::Python && self.literal(rest)?.width() > width {
            let fits = |end: &usize| {
                let literal = self.literal(&rest[..*end]);
                literal.is_some_and(|literal| literal.width() <= width)
            };
            let ends = rest.char_indices().map(|(at, c)| (at + c.len_utf8(), c));
            let ends: Vec<(usize, char)> = ends.take_while(|(end, _)| fits(end)).collect();
            let space = ends.iter().rev().find(|(_, c)| *c == ' ');
            let Some((end, _)) = space.or(ends.last()) else {
                break;
            };
            let (piece, more) = rest.split_at(*end);
            pieces.push(self.literal(piece)?);
            rest = more;
        }
        pieces.push(self.literal(rest)?);
        Some(pieces)
    }

    /// `text` as a whole literal of this type, or as prose where the type is prose; `None` where no text may stand.
    #[must_use]
    pub fn literal(self, text: &str) -> Option<String> {
        match self {
            // A JSON string is also a TOML basic string (v1.0.0) and a YAML double-quoted scalar (1.2.2, 7.3.1).
            Self::Toml | Self::Json | Self::Yaml => Some(quoted(text)),
            Self::Markdown => Some(markdown(text)),
            Self::Dockerfile => dockerfile(text),
            Self::Rust => Some(string_literal(text)),
            Self::Python => Some(python(text)),
            Self::Plain => Some(text.to_owned()),
            Self::Other => None,
        }
    }
}

/// RFC 8259 string; everything that some reader might treat as special outside ASCII is escaped.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Rust string literal (reference, "Tokens"). It keeps every character that can be seen as it is.
fn string_literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Python string literal (reference, 2.5.1), in the quotes that Black's style has for it: double ones, unless single ones need
/// fewer backslashes.
fn python(text: &str) -> String {
    let quotes = |quote: char| text.matches(quote).count();
    let quote = if quotes('"') > quotes('\'') {
        '\''
    } else {
        '"'
    };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            c if c == quote || c == '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// `CommonMark` prose that shows exactly `text`, wherever in a paragraph or list item it stands.
fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let leading_digits = text.chars().take_while(char::is_ascii_digit).count();
    for (at, c) in text.chars().enumerate() {
        let always = matches!(
            c,
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '&' | '~' | '|' | '$' | '@'
        );
        let word = |at: usize| text.chars().nth(at).is_some_and(char::is_alphanumeric);
        let emphasis = c == '_' && !(at > 0 && word(at - 1) && word(at + 1));
        let opens_block = (at == 0 && matches!(c, '#' | '+' | '-' | '='))
            || (at == leading_digits && at > 0 && matches!(c, '.' | ')'));
        let opens_link = (c == ':' && text.chars().skip(at).take(3).eq("://".chars()))
            || (c == '.'
                && at >= 3
                && text
                    .chars()
                    .skip(at - 3)
                    .take(3)
                    .all(|c| c.eq_ignore_ascii_case(&'w')));
        if always || emphasis || opens_block || opens_link {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A word in double quotes, of an instruction that expands variables, such as `LABEL` and `ENV`; in quotes a backslash
/// escapes these three and nothing else. There is no way to write the end of a line.
fn dockerfile(text: &str) -> Option<String> {
    if text.contains(['\n', '\r', '\0']) {
        return None;
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\' | '$') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_decides_the_type() {
        for (path, expected) in [
            ("Cargo.toml", FileType::Toml),
            (".vscode/mcp.json", FileType::Json),
            (".github/workflows/ci.yml", FileType::Yaml),
            ("README.md", FileType::Markdown),
            ("LICENSE-MIT", FileType::Plain),
            ("Dockerfile", FileType::Dockerfile),
            (".dockerignore", FileType::Other),
            ("tools/echo.py", FileType::Python),
            ("Makefile", FileType::Other),
            (".env.example", FileType::Other),
        ] {
            assert_eq!(FileType::of(path), expected, "{path}");
            assert_eq!(FileType::from_id(expected.id()), Some(expected));
        }
    }

    #[test]
    fn markdown_prose_escapes_what_would_be_markup() {
        for (text, shown) in [
            ("plain text, no markup.", "plain text, no markup."),
            (
                "a*b*_c_ `d` <e> [f](g)",
                "a\\*b\\*\\_c\\_ \\`d\\` \\<e\\> \\[f\\](g)",
            ),
            ("my_server", "my_server"),
            ("my-_x_-server", "my-\\_x\\_-server"),
            ("# title", "\\# title"),
            ("12. item", "12\\. item"),
            ("see https://x.y", "see https\\://x.y"),
            ("a@b.c, $x$ |", "a\\@b.c, \\$x\\$ \\|"),
        ] {
            assert_eq!(FileType::Markdown.literal(text).expect("prose"), shown);
        }
    }

    #[test]
    fn a_python_text_has_the_quotes_with_fewer_backslashes() {
        for (text, literal) in [
            ("it's", r#""it's""#),
            (r#"say "hi""#, r#"'say "hi"'"#),
            (r#"it's "hi""#, r#"'it\'s "hi"'"#),
            (r#"'it's "hi""#, r#""'it's \"hi\"""#),
            ("a\\b{x}é", r#""a\\b{x}é""#),
            ("a\u{7}b", r#""a\x07b""#),
        ] {
            assert_eq!(FileType::Python.literal(text).expect("a literal"), literal);
        }
    }

    #[test]
    fn long_literals_break_behind_spaces_and_never_within_an_escape() {
        let pieces = |text: &str, width| FileType::Python.pieces(text, width).expect("literals");
        assert_eq!(pieces("one two three", 15), [r#""one two three""#]);
        assert_eq!(pieces("one two three", 12), [r#""one two ""#, r#""three""#]);
        assert_eq!(pieces("abcdef", 5), [r#""abc""#, r#""def""#]);
        assert_eq!(pieces(r"ab\\", 5), [r#""ab""#, r#""\\""#, r#""\\""#]);
        assert_eq!(pieces("日本語", 6), [r#""日本""#, r#""語""#]);
        assert_eq!(
            FileType::Rust.pieces("one two", 5),
            Some(vec![r#""one two""#.to_owned()])
        );
    }

    #[test]
    fn a_dockerfile_word_expands_nothing() {
        for (text, literal) in [
            ("it's plain # text `x`", "\"it's plain # text `x`\""),
            ("say \"hi\"", r#""say \"hi\"""#),
            ("$HOME ${x:-y} $$", r#""\$HOME \${x:-y} \$\$""#),
            ("ends with \\", r#""ends with \\""#),
            (r#"\" \$"#, r#""\\\" \\\$""#),
        ] {
            let found = FileType::Dockerfile.literal(text);
            assert_eq!(found.as_deref(), Some(literal), "{text}");
        }
        assert_eq!(FileType::Dockerfile.literal("two\nlines"), None);
    }
}
