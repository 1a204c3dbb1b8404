//! Which names, URIs and parameters a primitive can have. Pure.

use std::collections::BTreeSet;

use anyhow::Result;
use heck::ToSnakeCase as _;

use crate::{
    error::Failure,
    name,
    parameter::{self, Parameter},
    template::{
        Template,
        manifest::{Kind, PrimitiveEntry},
    },
};

/// Longest URI of a resource.
const MAX_URI: usize = 200;

/// Refuse parameters that cannot be read, two of one name, and a URI's variable that sources cannot name.
///
/// # Errors
///
/// A usage failure that says what is wrong.
pub fn check(entry: &PrimitiveEntry, template: &Template<'_>) -> Result<()> {
    let uri = entry.uri.as_deref().unwrap_or_default();
    let variable = uri.split_once('{').and_then(|(_, it)| it.split_once('}'));
    if let Some((name, _)) = variable
        && template.manifest().parameters.in_uris
        && let Some((problem, hint)) = parameter::name_problem(name, template.manifest())
    {
        let problem = format!("cannot use `{name}` as the variable of a URI: {problem}");
        return Err(Failure::usage(problem).hint(hint).into());
    }
    let mut names = BTreeSet::new();
    for given in &entry.parameters {
        let parameter = Parameter::parse(given, entry.kind, template.manifest())?;
        if !names.insert(parameter.name.clone()) {
            return Err(
                Failure::usage(format!("`{}` is given twice", parameter.name))
                    .hint("give each parameter a name of its own")
                    .into(),
            );
        }
    }
    Ok(())
}

/// Refuse what is neither an absolute URI (RFC 3986) nor a template of one with a single simple variable (RFC 6570, level 1).
///
/// # Errors
///
/// A usage failure that says what is wrong.
pub fn check_uri(text: &str) -> Result<()> {
    let (scheme, rest) = text.split_once(':').unwrap_or_default();
    let in_scheme = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
    let in_uri = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    let variable = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let (before, after) = rest.split_once('{').unwrap_or((rest, ""));
    let (name, after) = if rest.contains('{') {
        after.split_once('}').unwrap_or_default()
    } else {
        ("x", "")
    };
    let (problem, hint) = if !scheme.starts_with(|c: char| c.is_ascii_lowercase())
        || !scheme.chars().all(in_scheme)
    {
        ("it does not start with a scheme", "such as `config://app`")
    } else if text.len() > MAX_URI {
        ("it is longer than 200 bytes", "give a shorter one")
    } else if rest.is_empty() {
        ("nothing follows the scheme", "such as `config://app`")
    } else if name.is_empty()
        || !name.starts_with(|c: char| c.is_ascii_lowercase())
        || !name.chars().all(variable)
    {
        (
            "its variable is not a word in braces",
            "such as `cities://{name}`",
        )
    } else if !before.chars().chain(after.chars()).all(in_uri) {
        (
            "it has a second variable, or a character that URIs cannot have",
            "only one variable is allowed; percent-encode other characters",
        )
    } else {
        return Ok(());
    };
    let shown = text.escape_debug();
    Err(
        Failure::usage(format!("cannot use `{shown}` as a URI: {problem}"))
            .hint(hint)
            .into(),
    )
}

/// Refuse a name that cannot be one of a primitive of that kind.
///
/// # Errors
///
/// A usage failure that says what is wrong, with a name that could be used.
pub fn check_name(kind: Kind, name: &str, template: &Template<'_>) -> Result<()> {
    let snake = name.to_snake_case();
    let manifest = template.manifest();
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let rules = manifest.primitives.get(&kind);
    let max = rules.map_or(0, |rules| rules.max_name);
    let reserved = rules.into_iter().flat_map(|rules| &rules.reserved);
    let mut reserved = reserved.filter(|group| group.words.contains(&snake));
    let plain = snake.replace('_', "-");
    let (problem, hint) = if name.is_empty() {
        (
            "it is empty".to_owned(),
            "give a name such as `get-weather`".to_owned(),
        )
    } else if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(allowed) {
        let word = name::snake_word(name).replace('_', "-");
        let problem =
            "only A-Z, a-z, 0-9, `-` and `_` are allowed, and it must start with a letter";
        (problem.to_owned(), format!("try `{word}`"))
    } else if name.len() > max || snake.len() > max {
        (
            format!("it is longer than {max} characters"),
            "choose a shorter name".to_owned(),
        )
    } else if let Some(reason) = name::reserved_everywhere(&snake, &manifest.names) {
        (format!("it is {reason}"), format!("try `my-{plain}`"))
    } else if let Some(group) = reserved.next() {
        (
            format!("it is {}", group.reason),
            format!("try `my-{plain}`"),
        )
    } else if let Some(problem) = name::unportable(&snake) {
        (
            format!("a file of that name {problem}"),
            format!("try `my-{plain}`"),
        )
    } else if let Some((short, kind)) = [Kind::Tool, Kind::Prompt].into_iter().find_map(|kind| {
        let short = snake.strip_suffix(kind.as_str())?.strip_suffix('_')?;
        Some((short.replace('_', "-"), kind.as_str()))
    }) {
        (
            format!("a name must not end with the word `{kind}`"),
            format!("try `{short}`"),
        )
    } else {
        return Ok(());
    };
    let shown = name.escape_debug();
    Err(Failure::usage(format!(
        "cannot use `{shown}` as the name of a {}: {problem}",
        kind.as_str()
    ))
    .hint(hint)
    .into())
}
