//! Parameters of tools and arguments of prompts, as the command line gives them. Pure.

use anyhow::Result;

use crate::{
    error::Failure,
    name::{self, Line, MAX_DESCRIPTION},
    template::manifest::{Kind, Manifest},
};

/// Longest default, so that a line of source with it still fits.
const MAX_DEFAULT: usize = 60;
/// The type of prompts' arguments (2026-07-28, server/prompts, `PromptArgument`).
const TEXT: &str = "string";

/// One value that a tool or a prompt takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    /// The type's name on the command line, a key of the manifest's types.
    pub kind: String,
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
    /// Parse `name:type[?][=default][:description]`, or `name[?][=default][:description]` for prompts, whose arguments are
    /// all texts. A default with a colon in it is written as a JSON string.
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
        let mut kind = TEXT;
        if owner == Kind::Tool {
            let known = || manifest.parameters.types.keys().map(|it| format!("`{it}`"));
            let types = || known().collect::<Vec<_>>().join(", ");
            let Some(after_name) = rest.strip_prefix(':') else {
                let hint = format!("write `{name}:{TEXT}`; the types are {}", types());
                return Err(refuse("it has no type".to_owned(), hint).into());
            };
            let end = after_name.find([':', '?', '=']).unwrap_or(after_name.len());
            (kind, rest) = after_name.split_at(end);
            if !manifest.parameters.types.contains_key(kind) {
                let problem = format!("there is no type `{}`", kind.escape_debug());
                return Err(refuse(problem, other_type(name, kind, rest, manifest)).into());
            }
        }
        let optional = rest.strip_prefix('?');
        rest = optional.unwrap_or(rest);
        let (default, rest) = match rest.strip_prefix('=') {
            Some(given) => {
                let (value, rest) = split_default(given);
                let default = parse_default(&value, kind, manifest)
                    .map_err(|(problem, hint)| refuse(problem, hint))?;
                (Some(default), rest)
            }
            None => (None, rest),
        };
        let description = match rest.strip_prefix(':') {
            Some(text) => Line::parse(text, "description", form(owner), MAX_DESCRIPTION)?,
            None if rest.is_empty() => {
                Line::parse(&sentence(name), "description", form(owner), MAX_DESCRIPTION)?
            }
            None => {
                let problem = format!("`{}` is out of place", rest.escape_debug());
                return Err(refuse(problem, format!("the form is `{}`", form(owner))).into());
            }
        };
        Ok(Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            optional: optional.is_some() && default.is_none(),
            default,
            description,
        })
    }
}

/// The parameter with the type that is meant, if one is close; otherwise all types.
fn other_type(name: &str, kind: &str, rest: &str, manifest: &Manifest) -> String {
    let wanted = kind.to_ascii_lowercase();
    let (wanted, many) = match wanted.strip_suffix("[]") {
        Some(one) => (one, "[]"),
        None => (wanted.as_str(), ""),
    };
    let closeness = |it: &str| strsim::jaro_winkler(it, wanted);
    let single = manifest
        .parameters
        .types
        .keys()
        .filter(|it| !it.ends_with("[]"));
    let near = single.max_by(|a, b| closeness(a).total_cmp(&closeness(b)));
    let all: Vec<_> = manifest
        .parameters
        .types
        .keys()
        .map(|it| format!("`{it}`"))
        .collect();
    let all = all.join(", ");
    match near.filter(|it| closeness(it) > 0.8) {
        Some(near) => format!("write `{name}:{near}{many}{rest}`; the types are {all}"),
        None => format!("use one of {all}"),
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
        "name:type[?][=default][:description]"
    } else {
        "name[?][=default][:description]"
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
            "names of parameters consist of a-z, 0-9 and `_`, and start with a letter",
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

/// The default and what follows it: a JSON string, or everything up to the next colon.
fn split_default(given: &str) -> (String, &str) {
    if given.starts_with('"') {
        let mut values = serde_json::Deserializer::from_str(given).into_iter::<String>();
        if let Some(Ok(value)) = values.next() {
            return (value, &given[values.byte_offset()..]);
        }
    }
    let end = given.find(':').unwrap_or(given.len());
    (given[..end].to_owned(), &given[end..])
}

fn parse_default(
    value: &str,
    kind: &str,
    manifest: &Manifest,
) -> std::result::Result<Default, (String, String)> {
    let fail = |problem: String, hint: &str| Err((problem, hint.to_owned()));
    let shown = value.escape_debug();
    let has_default = manifest
        .parameters
        .types
        .get(kind)
        .is_some_and(|it| it.default.is_some());
    if !has_default {
        return fail(
            format!("type `{kind}` has no defaults"),
            "leave the default out, and make it optional with `?`",
        );
    }
    match kind {
        TEXT if value.len() > MAX_DEFAULT => fail(
            format!("the default is longer than {MAX_DEFAULT} bytes"),
            "give a short one, and change it in the file",
        ),
        TEXT if !value.is_empty()
            && Line::parse(value.trim(), "default", "", MAX_DEFAULT).is_err() =>
        {
            fail(
                format!("`{shown}` cannot be a default"),
                "give one line without special characters",
            )
        }
        TEXT => Ok(Default::Text(value.to_owned())),
        "integer" => match value.parse::<i64>() {
            Ok(number) => Ok(Default::Literal(grouped(&number.to_string()))),
            Err(_) => fail(
                format!("`{shown}` is no integer"),
                "give a number such as `3`",
            ),
        },
        "number" => match value.parse::<f64>().map(|number| format!("{number:?}")) {
            Ok(number) if is_plain(&number) => Ok(Default::Literal(grouped(&number))),
            _ => fail(
                format!("`{shown}` is no number"),
                "give a number such as `1.5`, with at most four decimals",
            ),
        },
        _ => match value.parse::<bool>() {
            Ok(truth) => Ok(Default::Literal(truth.to_string())),
            Err(_) => fail(
                format!("`{shown}` is no truth value"),
                "give `true` or `false`",
            ),
        },
    }
}

/// Digits, a point and at most four digits: no exponent, no infinity.
fn is_plain(number: &str) -> bool {
    let digits = number.trim_start_matches('-').split_once('.');
    digits.is_some_and(|(whole, fraction)| {
        fraction.len() <= 4
            && whole
                .bytes()
                .chain(fraction.bytes())
                .all(|byte| byte.is_ascii_digit())
    })
}

/// A number with `_` between groups of three digits where there are more than four, as linters ask for.
fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let (sign, digits) = whole.split_at(usize::from(whole.starts_with('-')));
    if digits.len() < 5 {
        return number.to_owned();
    }
    let first = digits.len() % 3;
    let mut out = sign.to_owned();
    for (at, digit) in digits.char_indices() {
        if at > 0 && at % 3 == first {
            out.push('_');
        }
        out.push(digit);
    }
    out + rest
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
        assert!(
            !parse("a:boolean?=true", Kind::Tool)
                .expect("valid")
                .optional
        );

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
            ("days:int=3", "no type `int`", "write `days:integer=3`"),
            ("on:Bool?:On", "no type `Bool`", "write `on:boolean?:On`"),
            ("all:str[]", "no type `str[]`", "write `all:string[]`"),
            ("City:string", "consist of a-z", "try `city`"),
            ("9:string", "consist of a-z", "try"),
            ("a-b:string", "consist of a-z", "try `a_b`"),
            ("days:integer=x", "`x` is no integer", "3"),
            ("days:integer=99999999999999999999", "is no integer", "3"),
            ("rate:number=NaN", "`NaN` is no number", "1.5"),
            ("rate:number=0.123456", "is no number", "four decimals"),
            ("on:boolean=yes", "`yes` is no truth value", "true"),
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
    fn long_numbers_are_grouped() {
        for (number, grouped) in [
            ("1234", "1234"),
            ("12345", "12_345"),
            ("-123456", "-123_456"),
            ("1234567.5", "1_234_567.5"),
        ] {
            assert_eq!(super::grouped(number), grouped);
        }
    }
}
