//! Usage errors of clap in this program's form: a message, and a hint with what would be right. Pure.

use anyhow::anyhow;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::error::Failure;

/// What a usage error of clap says, as a message and a hint.
///
/// # Errors
///
/// Gives `error` back when it is not a usage error, such as `--help`.
pub fn usage_failure(error: clap::Error) -> std::result::Result<anyhow::Error, clap::Error> {
    if !error.use_stderr() {
        return Err(error);
    }
    let (message, hint) = match error.kind() {
        ErrorKind::InvalidValue => invalid_value(&error),
        ErrorKind::InvalidSubcommand | ErrorKind::MissingSubcommand => subcommand(&error),
        _ => None,
    }
    .unwrap_or_else(|| as_clap_says(&error));
    Ok(anyhow!(Failure::usage(message).hint(hint)))
}

/// A value that is none of the possible ones, or a flag without its value.
fn invalid_value(error: &clap::Error) -> Option<(String, String)> {
    let flag = text(error, ContextKind::InvalidArg)?;
    let known = all(error, ContextKind::ValidValue);
    let value = text(error, ContextKind::InvalidValue).unwrap_or_default();
    let message = if value.is_empty() {
        format!("`{flag}` needs a value")
    } else {
        format!("invalid value `{value}` for `{flag}`")
    };
    let hint = match text(error, ContextKind::SuggestedValue) {
        _ if known.is_empty() => format!("write it as `{flag}`"),
        Some(near) => format!("did you mean `{near}`? The values are {}", list(&known)),
        None => format!("use one of {}", list(&known)),
    };
    Some((message, hint))
}

/// A second word that is none of those which can stand there, or that is missing.
fn subcommand(error: &clap::Error) -> Option<(String, String)> {
    let known = all(error, ContextKind::ValidSubcommand);
    let near = all(error, ContextKind::SuggestedSubcommand);
    let message = match text(error, ContextKind::InvalidSubcommand) {
        Some(given) if error.kind() == ErrorKind::InvalidSubcommand => {
            format!("unknown command `{given}`")
        }
        given => format!("`{}` needs a subcommand", given?),
    };
    match (&near[..], &known[..]) {
        ([near, ..], _) => Some((message, format!("did you mean `{near}`?"))),
        ([], []) => None,
        ([], known) => Some((message, format!("use one of {}", list(known)))),
    }
}

/// The message as it is; the hint is the nearest flag, the reason behind the message, or the form of the command.
fn as_clap_says(error: &clap::Error) -> (String, String) {
    let rendered = error.to_string();
    let rendered = rendered.strip_prefix("error: ").unwrap_or(&rendered);
    let message = rendered
        .split_once("\n\n")
        .map_or(rendered, |(first, _)| first);
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    // clap puts literals in apostrophes.
    let message = message
        .replace(" '", " `")
        .replace("' ", "` ")
        .replace("':", "`:");
    let message = match message.strip_suffix('\'') {
        Some(start) => format!("{start}`"),
        None => message,
    };
    if let Some((start, reason)) = message.split_once("`: ")
        && error.kind() == ErrorKind::ValueValidation
    {
        return (format!("{start}`"), reason.to_owned());
    }
    let hint = match (text(error, ContextKind::SuggestedArg), error.kind()) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, ErrorKind::ArgumentConflict) => "leave one of them out".to_owned(),
        (None, ErrorKind::TooManyValues) => "leave out the value".to_owned(),
        (None, _) => form(error),
    };
    (message, hint)
}

/// How the command is written, or for a flag where all flags are listed.
fn form(error: &clap::Error) -> String {
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => usage.to_string(),
        _ => String::new(),
    };
    let usage = usage.trim().trim_start_matches("Usage:").trim();
    let usage = usage.lines().next().unwrap_or("create-mcp-server");
    let words = usage.split(' ');
    let command: Vec<_> = words
        .take_while(|word| !word.starts_with(['<', '[', '-']))
        .collect();
    let given = text(error, ContextKind::InvalidArg).unwrap_or_default();
    if given.starts_with('-') {
        return format!("`{} --help` lists the options", command.join(" "));
    }
    format!("write `{usage}`")
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => texts.first().cloned(),
        _ => None,
    }
}

fn all(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::Strings(texts)) => texts.clone(),
        Some(ContextValue::String(text)) => vec![text.clone()],
        _ => Vec::new(),
    }
}

fn list(words: &[String]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}
