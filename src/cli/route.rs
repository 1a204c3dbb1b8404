//! Which verb a command line means. Pure.

use std::ffi::OsString;

use anyhow::Result;
use clap::{Arg, Command};

use crate::error::Failure;

/// Words that are one edit from a verb, and that people call their projects.
const NAMES: [&str; 18] = [
    "adb", "ads", "aid", "dist", "gist", "heap", "helm", "lift", "lint", "lisp", "live", "neo",
    "net", "news", "newt", "now", "odd", "yelp",
];

/// A word alone that is almost a verb: only who typed it knows whether it is the name of a project.
#[derive(Debug)]
pub struct Doubt {
    pub word: String,
    pub verb: String,
    /// What the verb does.
    pub about: String,
}

impl Doubt {
    fn failure(&self) -> Failure {
        let Self { word, verb, .. } = self;
        Failure::usage(format!("unknown command `{word}`; did you mean `{verb}`?"))
            .hint(format!("to create a project of that name: `new {word}`"))
    }
}

/// Whether a command line has a word that is neither a flag nor a flag's value.
pub fn has_word(args: &[OsString], command: &Command) -> bool {
    next_word(args, 1, command).is_some()
}

/// What `args` (with the program's name first) may mean beside a project's name, when they are a word alone.
pub fn doubt(args: &[OsString], command: &Command) -> Option<Doubt> {
    match args {
        [_, word] => almost_verb(word.to_str()?, command),
        _ => None,
    }
}

/// Put the verb first: the first word that is not a flag decides, and a command line without a verb means `new`.
///
/// # Errors
///
/// A usage failure for a word that is almost a verb, and for a path with a verb behind it.
pub fn route(mut args: Vec<OsString>, command: &Command) -> Result<Vec<OsString>> {
    let is_verb = |word: &str| command.get_subcommands().any(|it| it.get_name() == word);
    let Some(at) = next_word(&args, 1, command) else {
        let about_program =
            |arg: &OsString| matches!(arg.to_str(), Some("-h" | "--help" | "-V" | "--version"));
        if !args
            .iter()
            .skip(1)
            .take_while(|arg| *arg != "--")
            .any(about_program)
        {
            args.insert(1, "new".into());
        }
        return Ok(args);
    };
    let word = args[at].to_str().unwrap_or_default().to_owned();
    if is_verb(&word) {
        let verb = args.remove(at);
        args.insert(1, verb);
        return Ok(args);
    }
    let second = next_word(&args, at + 1, command).map(|at| args[at].to_string_lossy());
    if let Some(verb) = second.as_deref().filter(|second| is_verb(second)) {
        return Err(Failure::usage(format!("`{word}` and the command `{verb}` cannot be combined"))
            .hint(format!("use `create-mcp-server {verb} {word}`, or `create-mcp-server {word}` to create a project"))
            .into());
    }
    // Beside a flag it is a name. A project has only one: with a second word it cannot be meant.
    let doubt = match second {
        Some(_) => almost_verb(&word, command),
        None => doubt(&args, command),
    };
    if let Some(doubt) = doubt {
        return Err(doubt.failure().into());
    }
    args.insert(1, "new".into());
    Ok(args)
}

/// A bare word (no path) within one edit of a verb, or two of a long one. Swapped neighbours are one edit.
fn almost_verb(word: &str, command: &Command) -> Option<Doubt> {
    if word.contains(['/', '\\', '.']) || NAMES.contains(&word) {
        return None;
    }
    let distance = |verb: &&Command| strsim::damerau_levenshtein(word, verb.get_name());
    let allowed = |verb: &&Command| if verb.get_name().len() < 8 { 1 } else { 2 };
    let verbs = command.get_subcommands();
    let near = verbs.filter(|verb| (1..=allowed(verb)).contains(&distance(verb)));
    let verb = near.min_by_key(distance)?;
    Some(Doubt {
        word: word.to_owned(),
        verb: verb.get_name().to_owned(),
        about: verb
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default(),
    })
}

/// Index of the first argument at or after `at` that is neither a flag nor a flag's value.
fn next_word(args: &[OsString], mut at: usize, command: &Command) -> Option<usize> {
    while at < args.len() {
        let arg = args[at].to_string_lossy();
        if arg == "--" {
            return None;
        } else if let Some(long) = arg.strip_prefix("--") {
            let takes_next =
                !long.contains('=') && takes_value(command, |arg| arg.get_long() == Some(long));
            at += if takes_next { 2 } else { 1 };
        } else if let Some(shorts) = arg.strip_prefix('-').filter(|shorts| !shorts.is_empty()) {
            let with_value = shorts
                .char_indices()
                .find(|(_, c)| takes_value(command, |arg| arg.get_short() == Some(*c)));
            let takes_next =
                with_value.is_some_and(|(index, c)| index + c.len_utf8() == shorts.len());
            at += if takes_next { 2 } else { 1 };
        } else {
            return Some(at);
        }
    }
    None
}

fn takes_value(command: &Command, is: impl Fn(&Arg) -> bool) -> bool {
    command
        .get_subcommands()
        .chain([command])
        .flat_map(Command::get_arguments)
        .any(|arg| is(arg) && arg.get_action().takes_values())
}
