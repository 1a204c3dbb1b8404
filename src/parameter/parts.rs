//! The parts of a parameter on the command line: its type, the words of a choice, its default. Pure.

use heck::ToPascalCase as _;

use super::{Default, MAX_CHOICE, MAX_CHOICES, MAX_DEFAULT, TEXT};
use crate::{
    name::Line,
    template::manifest::{Kind, Manifest},
};

/// Why something cannot be used, and what could.
pub(super) type Refusal = (String, String);

/// The type in `rest`, which follows `name`, and what follows the type.
pub(super) fn parse_type<'a>(
    name: &str,
    rest: &'a str,
    owner: Kind,
    manifest: &Manifest,
) -> std::result::Result<(&'a str, &'a str), Refusal> {
    let types = &manifest.parameters.types;
    let given = rest.strip_prefix(':').map(|after_name| {
        let end = after_name.find([':', '?', '=']).unwrap_or(after_name.len());
        after_name.split_at(end)
    });
    if owner != Kind::Tool {
        // Its type may be given although there is but one.
        return match given {
            Some((kind, rest)) if kind == TEXT => Ok((TEXT, rest)),
            Some((kind, rest)) if types.contains_key(kind) && !rest.is_empty() => Err((
                format!("arguments of prompts are always strings, never of type `{kind}`"),
                format!("leave out the type: `{name}{rest}`"),
            )),
            _ => Ok((TEXT, rest)),
        };
    }
    let known = || {
        let known = types.keys().map(|it| format!("`{it}`"));
        let known: Vec<_> = known.collect();
        format!("{}, or words as in `open|closed`", known.join(", "))
    };
    match given {
        None => Err((
            "it has no type".to_owned(),
            format!("write `{name}:{TEXT}`; the types are {}", known()),
        )),
        Some((kind, rest)) if kind.contains('|') || types.contains_key(kind) => Ok((kind, rest)),
        Some((kind, _)) => {
            let near = types
                .keys()
                .find(|it| kind.len() > 2 && it.starts_with(kind));
            let problem = format!("there is no type `{}`", kind.escape_debug());
            let hint = match near {
                Some(near) => format!("did you mean `{near}`? The types are {}", known()),
                None => format!("use one of {}", known()),
            };
            Err((problem, hint))
        }
    }
}

/// The words of a type such as `open|closed`.
pub(super) fn parse_choices(given: &str) -> std::result::Result<Vec<String>, Refusal> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let words: Vec<String> = given.split('|').map(str::to_owned).collect();
    for (at, word) in words.iter().enumerate() {
        let pascal = word.to_pascal_case();
        let shown = word.escape_debug();
        let starts = word.starts_with(|c: char| c.is_ascii_alphabetic());
        if !starts || !word.chars().all(allowed) || word.len() > MAX_CHOICE || pascal == "Self" {
            return Err((
                format!("`{shown}` cannot be one of its words"),
                format!(
                    "each has up to {MAX_CHOICE} letters, digits, `-`, `_` and `.`, starts with a letter, and is not `self`"
                ),
            ));
        }
        if words[..at].iter().any(|it| it.to_pascal_case() == pascal) {
            return Err((
                format!("`{shown}` is given twice"),
                "give words that differ in more than case and `-`".to_owned(),
            ));
        }
    }
    if words.len() > MAX_CHOICES {
        return Err((
            format!("it has more than {MAX_CHOICES} words"),
            format!("make it a `{TEXT}`, and check the value in the file"),
        ));
    }
    Ok(words)
}

pub(super) fn parse_choice(
    value: &str,
    choices: &[String],
) -> std::result::Result<Default, Refusal> {
    if choices.iter().any(|choice| choice == value) {
        return Ok(Default::Text(value.to_owned()));
    }
    let shown = value.escape_debug();
    Err((
        format!("its default `{shown}` is not one of its words"),
        format!("use one of `{}`", choices.join("`, `")),
    ))
}

/// The default and what follows it: a JSON string, or everything up to the next colon. A text that is not quoted could go on
/// behind that colon; `before` is what stands before the default.
pub(super) fn split_default<'a>(
    given: &'a str,
    kind: &str,
    before: &str,
) -> std::result::Result<(String, &'a str), Refusal> {
    if given.starts_with('"') {
        let mut values = serde_json::Deserializer::from_str(given).into_iter::<String>();
        if let Some(Ok(value)) = values.next() {
            return Ok((value, &given[values.byte_offset()..]));
        }
    }
    let end = given.find(':').unwrap_or(given.len());
    if kind == TEXT && end < given.len() {
        let (default, text) = given.rsplit_once(':').unwrap_or_default();
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        return Err((
            "it is not clear where the default ends".to_owned(),
            format!(
                "quote the default: `{before}{}:{text}`, or `{before}{}` without a description",
                quoted(default),
                quoted(given)
            ),
        ));
    }
    Ok((given[..end].to_owned(), &given[end..]))
}

pub(super) fn parse_default(
    value: &str,
    kind: &str,
    manifest: &Manifest,
) -> std::result::Result<Default, Refusal> {
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
            "leave out the default, and make it optional with `?`",
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
                format!("`{shown}` is not an integer"),
                "give a number such as `3`",
            ),
        },
        "number" => match value.parse::<f64>().map(|number| format!("{number:?}")) {
            Ok(number) if is_plain(&number) => Ok(Default::Literal(grouped(&number))),
            _ => fail(
                format!("`{shown}` is not a number"),
                "give a number such as `1.5`, with at most four decimals",
            ),
        },
        _ => match value.parse::<bool>() {
            Ok(truth) => Ok(Default::Literal(truth.to_string())),
            Err(_) => fail(
                format!("`{shown}` is not a boolean"),
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
pub(super) fn grouped(number: &str) -> String {
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
