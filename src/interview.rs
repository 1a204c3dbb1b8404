//! What `add` and `install` ask, and in which order; `answers` is about `new`.

mod answers;

use anyhow::Result;

use crate::{
    ask::{Ask, Question},
    cli::Doubt,
    error::Failure,
    extend::{self, Extension},
    hosts::{HOSTS, Host, Scope, places::Machine},
    name::{Line, MAX_SUMMARY},
    parameter::Parameter,
    template::{
        manifest::{Effect, Kind},
        primitive,
    },
};

pub use answers::{fill, start};

const HOSTS_QUESTION: Question<'_> =
    Question::new("host", "Which apps should find the server?", "--host");

/// The words that a word which is almost a verb stands for.
///
/// # Errors
///
/// Fails on an interruption.
pub fn meant(doubt: &Doubt, asker: &mut dyn Ask) -> Result<Vec<String>> {
    let Doubt { word, verb, about } = doubt;
    let prompt = format!("There is no command `{word}`. What did you mean?");
    let new = format!("new {word}");
    let choices = [
        (&**verb, &**about),
        (&*new, "Create a project of that name"),
    ];
    let question = Question::new("command", &prompt, "a command");
    Ok(match asker.choose(question, &choices, 0)? {
        0 => vec![verb.clone()],
        _ => vec!["new".to_owned(), word.clone()],
    })
}

/// The hosts with these ids, each once.
#[must_use]
pub fn named_hosts(ids: &[String]) -> Vec<&'static Host> {
    let named = HOSTS
        .iter()
        .filter(|host| ids.iter().any(|id| id == host.id));
    named.collect()
}

/// The hosts on this machine that are picked; none are offered where none are.
///
/// # Errors
///
/// Fails on an interruption.
pub fn offered_hosts(machine: &Machine, asker: &mut dyn Ask) -> Result<Vec<&'static Host>> {
    let present = present_hosts(machine, Scope::User);
    if present.is_empty() {
        return Ok(present);
    }
    pick_hosts(&present, 0, asker)
}

fn present_hosts(machine: &Machine, scope: Scope) -> Vec<&'static Host> {
    let present = HOSTS
        .iter()
        .filter(|host| machine.has(host) && host.has(scope));
    present.collect()
}

fn pick_hosts(
    present: &[&'static Host],
    min: usize,
    asker: &mut dyn Ask,
) -> Result<Vec<&'static Host>> {
    let choices: Vec<_> = present.iter().map(|host| (host.id, host.title)).collect();
    let picked = asker.pick(HOSTS_QUESTION, &choices, min)?;
    Ok(picked.into_iter().map(|at| present[at]).collect())
}

/// The hosts that were given, or picked from those on this machine.
///
/// # Errors
///
/// A usage failure when none is given and no one can be asked.
pub fn hosts(
    given: &[String],
    machine: &Machine,
    scope: Scope,
    asker: Option<&mut dyn Ask>,
) -> Result<Vec<&'static Host>> {
    if !given.is_empty() {
        return Ok(named_hosts(given));
    }
    let present = present_hosts(machine, scope);
    if let (Some(asker), false) = (asker, present.is_empty()) {
        return pick_hosts(&present, 1, asker);
    }
    let ids = |hosts: &[&Host]| {
        hosts
            .iter()
            .map(|host| host.id)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (which, ids) = if present.is_empty() {
        ("hosts", ids(&HOSTS.iter().collect::<Vec<_>>()))
    } else {
        ("hosts on this machine", ids(&present))
    };
    Err(Failure::usage("the host is missing")
        .hint(format!(
            "give --host with one or more of the {which}: {ids}"
        ))
        .into())
}

/// The name of a primitive: as given, or asked for.
///
/// # Errors
///
/// A usage failure when it cannot be used, or no one can be asked.
pub fn primitive_name(
    given: Option<&str>,
    kind: Kind,
    extension: Extension<'_>,
    asker: &mut dyn Ask,
) -> Result<String> {
    let valid = |text: &str| extend::check_name(kind, text, extension.template);
    let what = format!("{}'s name", kind.as_str());
    let prompt = format!("What is the {} called?", kind.as_str());
    let flag = "it after the kind, such as `get-weather`";
    let question = Question::new(&what, &prompt, flag);
    let name = match given {
        Some(name) => name.to_owned(),
        None => asker.text(question, None, &valid)?,
    };
    valid(&name)?;
    Ok(name)
}

/// What a primitive is for: as given, or asked for.
///
/// # Errors
///
/// A usage failure when it is not a line of text, or no one can be asked.
pub fn summary(given: Option<&str>, name: &str, asker: &mut dyn Ask) -> Result<String> {
    let parse = |text: &str| Line::parse(text, "description", "--description", MAX_SUMMARY);
    let text = if let Some(text) = given {
        text.to_owned()
    } else {
        let default = primitive::title(name);
        asker.text(SUMMARY, Some(&default), &|text| parse(text).map(drop))?
    };
    Ok(parse(&text)?.as_str().to_owned())
}

/// What a tool does to its surroundings. Unattended, the worst is assumed, as the protocol does.
///
/// # Errors
///
/// A usage failure when no one can be asked.
pub fn effect(asker: &mut dyn Ask) -> Result<Effect> {
    let choices = [
        ("destructive", "It may overwrite or delete: hosts ask first"),
        (
            "read-only",
            "It changes nothing: hosts may call it without asking",
        ),
    ];
    Ok(match asker.choose(EFFECT, &choices, 0)? {
        0 => Effect::Destructive,
        _ => Effect::ReadOnly,
    })
}

/// The parameters of a tool or the arguments of a prompt, one after the other until there is none.
///
/// # Errors
///
/// Fails when no one can be asked.
pub fn parameters(
    kind: Kind,
    extension: Extension<'_>,
    asker: &mut dyn Ask,
) -> Result<Vec<String>> {
    let (noun, flag, form) = match kind {
        Kind::Tool => ("a parameter", "--param", "`city:string:Where`"),
        _ => ("an argument", "--argument", "`city:Where to`"),
    };
    let first = format!("Does it take {noun}? (such as {form})");
    let question = |prompt| Question::new(noun, prompt, flag);
    let valid = |text: &str| match text {
        NONE => Ok(()),
        text => Parameter::parse(text, kind, extension.template.manifest()).map(drop),
    };
    let mut found: Vec<String> = Vec::new();
    let mut prompt = &*first;
    loop {
        let text = asker.text(question(prompt), Some(NONE), &valid)?;
        if text == NONE {
            return Ok(found);
        }
        found.push(text);
        prompt = "Another one?";
    }
}

/// The URI of a resource: as given, or asked for.
///
/// # Errors
///
/// A usage failure when it is not one, or no one can be asked.
pub fn uri(given: Option<&str>, asker: &mut dyn Ask) -> Result<String> {
    let text = match given {
        Some(text) => text.to_owned(),
        None => asker.text(URI, None, &|text| extend::check_uri(text))?,
    };
    extend::check_uri(&text)?;
    Ok(text)
}

/// What ends a list.
const NONE: &str = "none";

const SUMMARY: Question<'_> = Question::new(
    "description",
    "What is it for? (a model reads this)",
    "--description",
);

const EFFECT: Question<'_> = Question::new(
    "effect",
    "What does it do to its surroundings?",
    "--read-only or --destructive",
);

const URI: Question<'_> = Question::new(
    "URI",
    "At which URI? (`x://y`, or with a variable `x://{name}`)",
    "--uri",
);
