//! Parameters of tools and arguments of prompts, as the command line gives them. Pure.

mod parts;

use anyhow::Result;

use crate::{
    error::Failure,
    name::{self, Line, MAX_DESCRIPTION},
    template::manifest::{Kind, Manifest},
};

use parts::{parse_choice, parse_choices, parse_default, parse_type, split_default};

/// Longest default, so that a line of source with it still fits.
const MAX_DEFAULT: usize = 60;
/// The type of prompts' arguments (2026-07-28, server/prompts, `PromptArgument`).
const TEXT: &str = "string";
/// The type of a parameter that is one of some words.
pub const CHOICE: &str = "choice";
/// Most words of such a type, and the longest one.
const MAX_CHOICES: usize = 50;
const MAX_CHOICE: usize = 40;

/// One value that a tool or a prompt takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    /// The type's name on the command line, a key of the manifest's types, or [`CHOICE`].
    pub kind: String,
    /// The words of a choice.
    pub choices: Vec<String>,
    /// Whether it may be left out and then has no value.
    pub optional: bool,
    pub default: Option<Default>,
    pub description: Line,
}

/// The value of a parameter that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Default {
    Text(String),
    /// A number or a truth value as sources write it, long numbers in groups.
    Literal(String),
}

impl Parameter {
    /// Parse `name:type[?][:description]` or `name:type=default[:description]`, where the type may be words with `|` between
    /// them. Arguments of prompts are all texts, and need no type. A text as a default with a colon in it, or with a
    /// description after it, is written as a JSON string.
    ///
    /// # Errors
    ///
    /// A usage failure that says which part is wrong, with what would be right.
    pub fn parse(text: &str, owner: Kind, manifest: &Manifest) -> Result<Self> {
        let refuse = |problem: String, hint: String| {
            let shown = text.escape_debug();
            Failure::usage(format!(
                "cannot use `{shown}` as {}: {problem}",
                what(owner)
            ))
            .hint(hint)
        };
        let end = text.find([':', '?', '=']).unwrap_or(text.len());
        let (name, mut rest) = text.split_at(end);
        if let Some((problem, better)) = name_problem(name, manifest) {
            return Err(refuse(problem, better).into());
        }
        let given_type;
        (given_type, rest) = parse_type(name, rest, owner, manifest)
            .map_err(|(problem, hint)| refuse(problem, hint))?;
        let choices = if given_type.contains('|') {
            parse_choices(given_type).map_err(|(problem, hint)| refuse(problem, hint))?
        } else {
            Vec::new()
        };
        let kind = if choices.is_empty() {
            given_type
        } else {
            CHOICE
        };
        let optional = rest.strip_prefix('?');
        rest = optional.unwrap_or(rest);
        if optional.is_some() && rest.starts_with('=') {
            let problem = "`?` and a default cannot be combined".to_owned();
            let hint = "leave out the `?`: a default already makes it optional".to_owned();
            return Err(refuse(problem, hint).into());
        }
        let (default, rest) = match rest.strip_prefix('=') {
            Some(given) => {
                let before = &text[..text.len() - given.len()];
                let default = split_default(given, kind, before).and_then(|(value, rest)| {
                    let default = if choices.is_empty() {
                        parse_default(&value, kind, manifest)?
                    } else {
                        parse_choice(&value, &choices)?
                    };
                    Ok((Some(default), rest))
                });
                default.map_err(|(problem, hint)| refuse(problem, hint))?
            }
            None => (None, rest),
        };
        let description = match rest.strip_prefix(':') {
            Some(text) if manifest.parameters.types.contains_key(text) => {
                let problem =
                    format!("`{text}` is a type, but stands where the description belongs");
                return Err(refuse(problem, format!("the form is `{}`", form(owner))).into());
            }
            Some(text) => Line::parse(text, "description", form(owner), MAX_DESCRIPTION)?,
            None if rest.is_empty() => {
                Line::parse(&sentence(name), "description", form(owner), MAX_DESCRIPTION)?
            }
            None => {
                let problem = format!("`{}` is unexpected", rest.escape_debug());
                return Err(refuse(problem, format!("the form is `{}`", form(owner))).into());
            }
        };
        Ok(Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            choices,
            optional: optional.is_some(),
            default,
            description,
        })
    }
}

fn what(owner: Kind) -> &'static str {
    if owner == Kind::Tool {
        "a parameter"
    } else {
        "an argument"
    }
}

/// What is written on the command line.
fn form(owner: Kind) -> &'static str {
    if owner == Kind::Tool {
        "name:type[?|=default][:description]"
    } else {
        "name[?|=default][:description]"
    }
}

/// Why `name` cannot be used, and what could.
#[must_use]
pub fn name_problem(name: &str, manifest: &Manifest) -> Option<(String, String)> {
    let snake = name::snake_word(name);
    let suggestion = |problem: &str| Some((problem.to_owned(), format!("try `{snake}`")));
    if name.is_empty() {
        return Some((
            "its name is empty".to_owned(),
            "begin with a name such as `city`".to_owned(),
        ));
    }
    let max = manifest.parameters.max_name;
    if name.len() > max {
        let problem = format!("its name has {} characters; {max} are allowed", name.len());
        return Some((problem, "choose a shorter name".to_owned()));
    }
    if name != snake {
        return suggestion(
            "names of parameters consist of a-z, 0-9 and `_`, and must start with a letter",
        );
    }
    let own = manifest.parameters.reserved.iter();
    let mut own = own.filter(|group| group.words.iter().any(|word| word == name));
    let reason = name::reserved_everywhere(name, &manifest.names)
        .or_else(|| own.next().map(|group| group.reason.as_str()))?;
    Some((
        format!("`{name}` is {reason}"),
        format!("try `{name}_value`"),
    ))
}

/// `order_id` → `The order id`.
fn sentence(name: &str) -> String {
    format!("The {}", name.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{error, template};

    fn parse(text: &str, owner: Kind) -> Result<Parameter> {
        let templates = template::embedded().expect("the embedded templates load");
        Parameter::parse(text, owner, templates[0].manifest())
    }

    #[test]
    fn every_part_is_read() {
        let full =
            parse("days:integer=12345:How many days: at least one", Kind::Tool).expect("valid");
        assert_eq!(
            (full.name.as_str(), full.kind.as_str(), full.optional),
            ("days", "integer", false)
        );
        assert_eq!(full.default, Some(Default::Literal("12_345".to_owned())));
        assert_eq!(full.description.as_str(), "How many days: at least one");

        let quoted = parse(r#"at:string="12:30 \"x\"":When"#, Kind::Tool).expect("valid");
        assert_eq!(
            quoted.default,
            Some(Default::Text(r#"12:30 "x""#.to_owned()))
        );
        assert_eq!(quoted.description.as_str(), "When");

        let bare = parse("order_id:string?", Kind::Tool).expect("valid");
        assert!(bare.optional && bare.default.is_none());
        assert_eq!(bare.description.as_str(), "The order id");
        let choice =
            parse("status:open|closed=closed:Which ones: both", Kind::Tool).expect("valid");
        assert_eq!((choice.kind.as_str(), choice.optional), (CHOICE, false));
        assert_eq!(choice.choices, ["open", "closed"]);
        assert_eq!(choice.default, Some(Default::Text("closed".to_owned())));
        assert_eq!(choice.description.as_str(), "Which ones: both");
        let choice = parse("status:open|in-progress?", Kind::Tool).expect("valid");
        assert!(choice.optional && choice.default.is_none());
        let url = parse(r#"base:string="https://x":Base URL"#, Kind::Tool).expect("valid");
        assert_eq!(url.default, Some(Default::Text("https://x".to_owned())));
        assert_eq!(url.description.as_str(), "Base URL");
        for text in ["x:string", "x"] {
            let typed = parse(text, Kind::Prompt).expect("valid");
            assert_eq!(typed.description.as_str(), "The x", "{text}");
        }
        let typed = parse("x:string?:Which", Kind::Prompt).expect("valid");
        assert!(typed.optional && typed.description.as_str() == "Which");

        let argument = parse("tone?:How it sounds", Kind::Prompt).expect("valid");
        assert_eq!(
            (argument.kind.as_str(), argument.optional),
            ("string", true)
        );
        assert_eq!(argument.description.as_str(), "How it sounds");
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_a_fix() {
        for (text, problem, fix) in [
            ("", "its name is empty", "city"),
            ("city", "it has no type", "write `city:string`"),
            ("city:text", "there is no type `text`", "`string`"),
            (
                "days:int",
                "there is no type `int`",
                "did you mean `integer`",
            ),
            (
                "on:bool",
                "there is no type `bool`",
                "did you mean `boolean`",
            ),
            ("a:boolean?=true", "cannot be combined", "leave out the `?`"),
            (
                "base:string=https://x:Base URL",
                "where the default ends",
                r#"`base:string="https://x":Base URL`"#,
            ),
            (
                "at:string=12:30",
                "where the default ends",
                r#"`at:string="12:30"`"#,
            ),
            ("city:string:string", "`string` is a type", "name:type"),
            ("s:open|closed=shut", "not one of its words", "`closed`"),
            (
                "s:open|",
                "cannot be one of its words",
                "starts with a letter",
            ),
            ("s:open|self", "cannot be one of its words", "not `self`"),
            ("s:in-a|in_a", "`in_a` is given twice", "differ"),
            (
                "s:open|9",
                "cannot be one of its words",
                "starts with a letter",
            ),
            ("City:string", "consist of a-z", "try `city`"),
            ("9:string", "consist of a-z", "try"),
            ("a-b:string", "consist of a-z", "try `a_b`"),
            ("days:integer=x", "`x` is not an integer", "3"),
            (
                "days:integer=99999999999999999999",
                "is not an integer",
                "3",
            ),
            ("rate:number=NaN", "`NaN` is not a number", "1.5"),
            ("rate:number=0.123456", "is not a number", "four decimals"),
            ("on:boolean=yes", "`yes` is not a boolean", "true"),
            ("all:string[]=x", "has no defaults", "optional"),
            ("city:string!", "there is no type `string!`", "`string`"),
            ("city:string: ", "white space", "one line"),
            ("city:string:a\u{202e}b", "\\u{202e}", "one line"),
        ] {
            let error = parse(text, Kind::Tool).expect_err(text);
            assert!(error.to_string().contains(problem), "{text:?}: {error}");
            let hint = error::hint(&error).expect("a hint");
            assert!(hint.contains(fix), "{text:?}: {hint}");
        }
    }

    #[test]
    fn arguments_of_prompts_are_texts() {
        for text in ["x:integer?", "x:integer:How many", "x:integer"] {
            let error = parse(text, Kind::Prompt).expect_err(text);
            assert!(error.to_string().contains("type"), "{text}: {error}");
        }
        let error = parse("x=a:b", Kind::Prompt).expect_err("ambiguous");
        let hint = error::hint(&error).expect("a hint");
        assert!(hint.contains(r#"`x="a":b`"#), "{hint}");
    }

    #[test]
    fn long_numbers_are_grouped() {
        for (number, grouped) in [
            ("1234", "1234"),
            ("12345", "12_345"),
            ("-123456", "-123_456"),
            ("1234567.5", "1_234_567.5"),
        ] {
            assert_eq!(parts::grouped(number), grouped);
        }
    }
}
