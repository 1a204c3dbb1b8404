//! What `new` and `add` ask, in which order, and where a project goes.

use std::{
    collections::BTreeSet,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::{
    answers::Answers,
    ask::{Ask, Question},
    error::Failure,
    extend::{self, Extension},
    hosts::{HOSTS, Host, Scope, places::Machine},
    name::{Line, MAX_SUMMARY, ProjectName},
    parameter::Parameter,
    project,
    spec::{self, DEFAULT_DESCRIPTION},
    template::{
        self, Template,
        manifest::{Choice, Effect, Kind, OptionSpec},
        primitive,
    },
};

const NAME: Question<'_> = Question {
    what: "project's name",
    prompt: "What is the project called? (also its directory)",
    flag: "PATH, the directory to create",
};

const LANGUAGE: Question<'_> = Question {
    what: "language",
    prompt: "In which language?",
    flag: "--language",
};

const HOSTS_QUESTION: Question<'_> = Question {
    what: "host",
    prompt: "Which apps should find the server? (space picks, enter goes on)",
    flag: "--host",
};

const DESCRIPTION: Question<'_> = Question {
    what: "description",
    prompt: "What is it for, in one line?",
    flag: "--description",
};

/// The template of the language that was given, or asked for where there is a choice.
///
/// # Errors
///
/// A usage failure for an unknown language, or when nobody can be asked.
pub fn language<'a, 'b>(
    given: &Answers,
    templates: &'a [Template<'b>],
    asker: &mut dyn Ask,
) -> Result<&'a Template<'b>> {
    let Some(id) = &given.language else {
        let choices: Vec<_> = templates
            .iter()
            .map(|template| {
                (
                    template.manifest().id.as_str(),
                    template.manifest().title.as_str(),
                )
            })
            .collect();
        let chosen = match choices.len() {
            0 => return Err(Failure::failed("this program was built without templates").into()),
            1 => 0,
            _ => asker.choose(LANGUAGE, &choices, 0)?,
        };
        return Ok(&templates[chosen]);
    };
    template::find(templates, id)
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
    pick_hosts(&present, asker)
}

fn present_hosts(machine: &Machine, scope: Scope) -> Vec<&'static Host> {
    let present = HOSTS
        .iter()
        .filter(|host| machine.has(host) && host.has(scope));
    present.collect()
}

fn pick_hosts(present: &[&'static Host], asker: &mut dyn Ask) -> Result<Vec<&'static Host>> {
    let choices: Vec<_> = present.iter().map(|host| (host.id, host.title)).collect();
    let picked = asker.pick(HOSTS_QUESTION, &choices)?;
    Ok(picked.into_iter().map(|at| present[at]).collect())
}

/// The hosts that were given, or picked from those on this machine.
///
/// # Errors
///
/// A usage failure when none is given and nobody can be asked.
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
        return pick_hosts(&present, asker);
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

/// The directory as the user gave it, and the answers with the project's name settled: `--name`, then the name in an
/// answers file, then the directory's.
///
/// # Errors
///
/// A usage failure when there is no usable name.
pub fn target(
    path: Option<&Path>,
    mut given: Answers,
    template: &Template<'_>,
    asker: &mut dyn Ask,
) -> Result<(PathBuf, Answers)> {
    let rules = &template.manifest().names;
    let path = match (path, &given.name) {
        (Some(path), _) => path.to_owned(),
        (None, Some(name)) => PathBuf::from(ProjectName::parse(name, rules)?.typed()),
        (None, None) => PathBuf::from(asker.text(NAME, None, &|text| {
            ProjectName::parse(text, rules)?;
            project::check_target(Path::new(text)).map(drop)
        })?),
    };
    let name = match given.name {
        Some(name) => name,
        None => name_of(&path)?,
    };
    ProjectName::parse(&name, rules)?;
    given.name = Some(name);
    Ok((path, given))
}

/// The name that a directory gives to the project in it.
fn name_of(path: &Path) -> Result<String> {
    let last = path.components().next_back();
    let named = if let Some(Component::Normal(name)) = last {
        name.to_owned()
    } else {
        let full = path
            .canonicalize()
            .with_context(|| format!("cannot look at `{}`", path.display()))?;
        full.file_name().unwrap_or_default().to_owned()
    };
    let refused = |name: &std::ffi::OsString| {
        Failure::usage(format!(
            "`{}` gives the project no name",
            name.to_string_lossy().escape_debug()
        ))
        .hint("give one with --name")
        .into()
    };
    if named.is_empty() {
        return Err(refused(&path.as_os_str().to_owned()));
    }
    named.into_string().map_err(|name| refused(&name))
}

/// Ask for what is still missing.
///
/// # Errors
///
/// A usage failure when nobody can be asked, or an interruption.
pub fn fill(mut given: Answers, template: &Template<'_>, asker: &mut dyn Ask) -> Result<Answers> {
    // Refuse a bad name before the first question.
    ProjectName::parse(
        given.name.as_deref().unwrap_or_default(),
        &template.manifest().names,
    )?;
    if given.description.is_none() {
        let valid = |text: &str| spec::parse_description(text).map(drop);
        given.description = Some(asker.text(DESCRIPTION, Some(DEFAULT_DESCRIPTION), &valid)?);
    }
    let mut tags = BTreeSet::new();
    for option in template.options() {
        if !option.applies(&tags) {
            continue;
        }
        if !given.options.contains_key(&option.id) {
            let offered: Vec<_> = option.offered(&tags).collect();
            let chosen = match &offered[..] {
                [only] => only.id.clone(),
                _ => choose(option, &offered, asker)?,
            };
            given.options.insert(option.id.clone(), chosen);
        }
        let choice = given
            .options
            .get(&option.id)
            .and_then(|id| option.choice(id));
        tags.extend(
            choice
                .into_iter()
                .flat_map(|choice| choice.tags.iter().cloned()),
        );
    }
    Ok(given)
}

/// The name of a primitive: as given, or asked for.
///
/// # Errors
///
/// A usage failure when it cannot be used, or nobody can be asked.
pub fn primitive_name(
    given: Option<&str>,
    kind: Kind,
    extension: Extension<'_>,
    asker: &mut dyn Ask,
) -> Result<String> {
    let valid = |text: &str| extend::check_name(kind, text, extension.template);
    let what = format!("{}'s name", kind.as_str());
    let prompt = format!("What is the {} called?", kind.as_str());
    let question = Question {
        what: &what,
        prompt: &prompt,
        flag: "it after the kind, such as `get-weather`",
    };
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
/// A usage failure when it is no line of text, or nobody can be asked.
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
/// A usage failure when nobody can be asked.
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
/// Fails when nobody can be asked.
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
    let question = |prompt| Question {
        what: noun,
        prompt,
        flag,
    };
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
/// A usage failure when it is none, or nobody can be asked.
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

const SUMMARY: Question<'_> = Question {
    what: "description",
    prompt: "What is it for? (a model reads this)",
    flag: "--description",
};

const EFFECT: Question<'_> = Question {
    what: "effect",
    prompt: "What does it do to its surroundings?",
    flag: "--read-only or --destructive",
};

const URI: Question<'_> = Question {
    what: "URI",
    prompt: "At which URI? (`x://y`, or with a variable `x://{name}`)",
    flag: "--uri",
};

/// The id of the choice that is picked for `option`.
fn choose(option: &OptionSpec, offered: &[&Choice], asker: &mut dyn Ask) -> Result<String> {
    let flag = format!("--{}", option.id);
    let what = format!("choice of {}", option.id);
    let question = Question {
        what: &what,
        prompt: &option.prompt,
        flag: &flag,
    };
    let choices: Vec<_> = offered
        .iter()
        .map(|choice| (choice.id.as_str(), choice.help.as_str()))
        .collect();
    let is_default = |(id, _): &(&str, &str)| *id == option.default;
    let default = choices.iter().position(is_default).unwrap_or(0);
    let chosen = asker.choose(question, &choices, default)?;
    Ok(offered[chosen].id.clone())
}
