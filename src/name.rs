//! Names and one-line texts: parsed once, safe afterwards. Every refusal says what is wrong and what would work.

use anyhow::Result;
use heck::{ToKebabCase as _, ToPascalCase as _, ToSnakeCase as _};

use crate::{error::Failure, template::manifest::NameRules};

/// Longest accepted project name, and longest kebab form of one.
const MAX_NAME: usize = 64;
/// Longest description: the limit of the MCP registry (server.json schema 2025-12-11).
pub const MAX_DESCRIPTION: usize = 100;
/// Longest author.
pub const MAX_AUTHOR: usize = 100;
/// Longest description of a primitive: a model reads it with every request.
pub const MAX_SUMMARY: usize = 300;

/// A project name that is safe as a package, a module and a directory, with each of its case forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectName {
    typed: String,
    kebab: String,
    snake: String,
    pascal: String,
}

impl ProjectName {
    /// Parse `text` by `[A-Za-z][A-Za-z0-9_-]{0,63}` and the language's reserved words.
    ///
    /// # Errors
    ///
    /// A usage failure that says what is wrong, with a name that would be accepted.
    pub fn parse(text: &str, rules: &NameRules) -> Result<Self> {
        match problem(text, rules) {
            None => Ok(Self::from_checked(text)),
            Some(problem) => {
                let shown = text.escape_debug();
                Err(
                    Failure::usage(format!("cannot use `{shown}` as a project name: {problem}"))
                        .hint(format!("try `{}`", suggestion(text, rules)))
                        .into(),
                )
            }
        }
    }

    fn from_checked(text: &str) -> Self {
        Self {
            typed: text.to_owned(),
            kebab: text.to_kebab_case(),
            snake: text.to_snake_case(),
            pascal: text.to_pascal_case(),
        }
    }

    /// As the user typed it.
    #[must_use]
    pub fn typed(&self) -> &str {
        &self.typed
    }

    #[must_use]
    pub fn kebab(&self) -> &str {
        &self.kebab
    }

    #[must_use]
    pub fn snake(&self) -> &str {
        &self.snake
    }

    #[must_use]
    pub fn pascal(&self) -> &str {
        &self.pascal
    }
}

/// The end of the sentence "cannot use `text` as a project name: …".
fn problem(text: &str, rules: &NameRules) -> Option<String> {
    let Some(first) = text.chars().next() else {
        return Some("it is empty".to_owned());
    };
    if !first.is_ascii_alphabetic() {
        return Some("it must start with a letter from A to Z".to_owned());
    }
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if let Some(other) = text.chars().find(|c| !allowed(c)) {
        let other = other.escape_debug();
        return Some(format!(
            "it contains `{other}`; only A-Z, a-z, 0-9, `-` and `_` are allowed"
        ));
    }
    let (kebab, length) = (text.to_kebab_case(), text.len());
    if length > MAX_NAME {
        return Some(format!(
            "it has {length} characters; {MAX_NAME} are allowed"
        ));
    }
    if kebab.len() > MAX_NAME {
        return Some(format!(
            "its package form `{kebab}` has {} characters; {MAX_NAME} are allowed",
            kebab.len()
        ));
    }
    if is_windows_device(text) {
        return Some("it is a reserved device name on Windows".to_owned());
    }
    reserved_reason(text, rules).map(|reason| format!("it is {reason}"))
}

fn reserved_reason<'a>(text: &str, rules: &'a NameRules) -> Option<&'a str> {
    let form = text.to_snake_case();
    let same = |word: &String| {
        let word = word
            .bytes()
            .map(|byte| if byte == b'-' { b'_' } else { byte });
        word.map(|byte| byte.to_ascii_lowercase()).eq(form.bytes())
    };
    let mut groups = rules.reserved.iter();
    let found = groups.find(|group| group.words.iter().any(same))?;
    Some(&found.reason)
}

/// `text` as a word of lower-case letters, digits and `_` that starts with a letter.
#[must_use]
pub fn snake_word(text: &str) -> String {
    let usable = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let word = text.chars().map(usable).collect::<String>().to_snake_case();
    match word.trim_start_matches(|c: char| !c.is_ascii_alphabetic()) {
        "" => "value".to_owned(),
        word => word.to_owned(),
    }
}

/// What reserves `word` for everything that has a name, as a keyword: the end of the sentence "`word` is …".
#[must_use]
pub fn reserved_everywhere<'a>(word: &str, rules: &'a NameRules) -> Option<&'a str> {
    let groups = rules.reserved.iter().filter(|group| group.everywhere);
    let mut found = groups.filter(|group| {
        group
            .words
            .iter()
            .any(|known| known.eq_ignore_ascii_case(word))
    });
    found.next().map(|group| group.reason.as_str())
}

/// A name close to `text` that is accepted.
fn suggestion(text: &str, rules: &NameRules) -> String {
    let mut words = String::new();
    for c in text.chars() {
        let usable = c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        words.push(if usable { c } else { '-' });
    }
    let body = words.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    let digits: String = words[..words.len() - body.len()]
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let moved = format!("{}{digits}", body.trim_end_matches(['-', '_'])).to_kebab_case();
    let cut = |room: usize| {
        moved
            .get(..room.min(moved.len()))
            .unwrap_or_default()
            .trim_end_matches('-')
            .to_owned()
    };
    [
        cut(MAX_NAME),
        format!("{}-server", cut(MAX_NAME - "-server".len())),
    ]
    .into_iter()
    .find(|candidate| problem(candidate, rules).is_none())
    .unwrap_or_else(|| "my-server".to_owned())
}

/// Whether Windows reserves `component`, whatever its case and extension.
fn is_windows_device(component: &str) -> bool {
    let stem = component.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            matches!(
                rest.chars().collect::<Vec<_>>()[..],
                ['0'..='9' | '¹' | '²' | '³']
            )
        })
    };
    matches!(
        stem.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"
    ) || numbered("COM")
        || numbered("LPT")
}

/// Why `text` cannot be a file name on every platform, as the end of the sentence "`text` …"; `None` when it can.
#[must_use]
pub fn unportable(text: &str) -> Option<&'static str> {
    let refused = |c: char| c.is_control() || "<>:\"|?*\\/".contains(c);
    if text.is_empty() {
        Some("is empty")
    } else if text.contains(refused) {
        Some("contains a character that file names on Windows cannot have")
    } else if text.ends_with(['.', ' ']) {
        Some("ends with a dot or a space")
    } else if is_windows_device(text) {
        Some("is a reserved device name on Windows")
    } else {
        None
    }
}

/// A non-empty text of one line that is the same wherever it is shown: no control, line-separating or
/// direction-changing characters, no outer white space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line(String);

impl Line {
    /// Parse `text`; `what` names it in the error, `flag` is where to change it.
    ///
    /// # Errors
    ///
    /// A usage failure that says what is wrong.
    pub fn parse(text: &str, what: &str, flag: &str, max: usize) -> Result<Self> {
        let length = text.chars().count();
        let problem = if text.is_empty() {
            "it is empty".to_owned()
        } else if text.trim() != text {
            "it starts or ends with white space".to_owned()
        } else if length > max {
            format!("it has {length} characters; {max} are allowed")
        } else if let Some(c) = text.chars().find(|c| changes_layout(*c)) {
            format!("it contains the character `{}`", c.escape_unicode())
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(Failure::usage(format!("cannot use this {what}: {problem}"))
            .hint(format!(
                "give one line of 1 to {max} characters with {flag}"
            ))
            .into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters, line and paragraph separators, bidirectional overrides (CVE-2021-42574), invisible marks and
/// non-characters.
fn changes_layout(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
        || (c as u32) & 0xfffe == 0xfffe
        || matches!(c as u32, 0xfdd0..=0xfdef)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::manifest::Reserved;

    fn rules() -> NameRules {
        NameRules {
            versions: crate::version::VersionRule::default(),
            dependencies: None,
            reserved: vec![Reserved {
                reason: "a keyword".to_owned(),
                words: vec!["async".to_owned(), "proc_macro".to_owned()],
                everywhere: true,
            }],
        }
    }

    #[test]
    fn every_refused_name_gets_a_suggestion_that_is_accepted() {
        let long = "x".repeat(65);
        let camel = "aB".repeat(30);
        let camel_kebab = camel.to_kebab_case();
        for (text, suggested) in [
            ("9lives", "lives9"),
            ("", "my-server"),
            ("foo bar", "foo-bar"),
            ("../evil", "evil"),
            ("async", "async-server"),
            ("Async", "async-server"),
            ("proc-macro", "proc-macro-server"),
            ("con", "con-server"),
            ("COM1", "com1-server"),
            ("-x", "x"),
            (".hidden", "hidden"),
            ("naïve", "na-ve"),
            ("日本", "my-server"),
            ("a\u{0}b", "a-b"),
            (&long, &long[..64]),
            (&camel, &camel_kebab[..64]),
        ] {
            let error = ProjectName::parse(text, &rules()).expect_err(text);
            let hint = crate::error::hint(&error).expect("a hint");
            assert_eq!(hint, format!("try `{suggested}`"), "{error}");
            ProjectName::parse(suggested, &rules()).expect("the suggestion is accepted");
        }
    }

    #[test]
    fn case_forms_are_derived_once() {
        let name = ProjectName::parse("My_HTTPServer2", &rules()).expect("accepted");
        assert_eq!(
            (name.typed(), name.kebab(), name.snake(), name.pascal()),
            (
                "My_HTTPServer2",
                "my-http-server2",
                "my_http_server2",
                "MyHttpServer2"
            )
        );
    }

    #[test]
    fn lines_keep_printable_text_and_refuse_what_changes_layout() {
        for text in [
            "An MCP server",
            "a \"b\" \\ {{ c }} <% d %> ${{ e }} --> 🦀",
            "é",
        ] {
            assert_eq!(
                Line::parse(text, "description", "--description", 100)
                    .expect(text)
                    .as_str(),
                text
            );
        }
        let long = "x".repeat(101);
        for text in [
            "",
            " a",
            "a\n",
            "a\tb",
            "a\u{202e}b",
            "a\u{2028}b",
            "a\u{7f}b",
            "\u{feff}a",
            &long,
        ] {
            assert!(
                Line::parse(text, "description", "--description", 100).is_err(),
                "{text:?}"
            );
        }
    }

    #[test]
    fn file_names_must_be_portable() {
        for text in [
            "", "con", "NUL.txt", "x.", "x ", "a:b", "a/b", "a\\b", "a\u{7}b", "..",
        ] {
            assert!(unportable(text).is_some(), "{text:?}");
        }
        for device in [
            "PRN",
            "aux.tar.gz",
            "CONIN$",
            "conout$.x",
            "COM0",
            "com¹",
            "LPT³.log",
            "lpt9 .txt",
        ] {
            assert!(unportable(device).is_some(), "{device:?}");
        }
        for text in [
            "x.y",
            ".hidden",
            "-x",
            "ünïcode dir",
            "console",
            "com",
            "com10",
            "lptx",
        ] {
            assert_eq!(unportable(text), None, "{text:?}");
        }
    }
}
