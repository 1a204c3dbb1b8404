//! What `new` asks, in which order, and where a project goes.

use std::{
    collections::BTreeSet,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::{
    answers::Answers,
    ask::{Ask, Question},
    error::Failure,
    name::ProjectName,
    project,
    spec::{self, DEFAULT_DESCRIPTION},
    template::{
        self, Template,
        manifest::{Choice, OptionSpec},
    },
};

const NAME: Question<'_> = Question::new(
    "project's name",
    "What is the project called?\nits directory gets this name too",
    "PATH, the directory to create",
);

const LANGUAGE: Question<'_> = Question::new("language", "In which language?", "--language");

const DESCRIPTION: Question<'_> = Question::new(
    "description",
    "What is it for, in one line?",
    "--description",
);

/// What a new project is called when a person only presses Enter.
const DEFAULT_NAME: &str = "my-server";

/// Where a new project goes, what it is called, and its template. The name is `--name`, then the one in an answers file,
/// then the directory's; the language is asked for where there is a choice.
///
/// # Errors
///
/// A usage failure when there is no usable name or an unknown language, or when no one can be asked.
pub fn start<'a, 'b>(
    path: Option<&Path>,
    mut given: Answers,
    templates: &'a [Template<'b>],
    asker: &mut dyn Ask,
) -> Result<(PathBuf, Answers, &'a Template<'b>)> {
    let possible: Vec<_> = match &given.language {
        Some(id) => vec![template::find(templates, id)?],
        None => templates.iter().collect(),
    };
    let is_named = path.is_some() || given.name.is_some();
    let mut path = match (path, &given.name) {
        (Some(path), _) => path.to_owned(),
        (None, Some(name)) => PathBuf::from(name),
        (None, None) => PathBuf::from(ask_name(NAME, &possible, asker)?),
    };
    let mut name = match given.name.take() {
        Some(name) => name,
        None => name_of(&path)?,
    };
    check_name(&name, &possible)?;
    let template = language(&possible, asker)?;
    if !is_named && check_name(&name, &[template]).is_err() {
        // The name came before the language, which has words of its own.
        name = ask_name(NAME.about(&name), &[template], asker)?;
        path = PathBuf::from(&name);
    }
    check_name(&name, &[template])?;
    given.name = Some(name);
    Ok((path, given, template))
}

fn ask_name(
    question: Question<'_>,
    templates: &[&Template<'_>],
    asker: &mut dyn Ask,
) -> Result<String> {
    let is_free = |name: &String| project::check_target(Path::new(name)).is_ok();
    let mut names = std::iter::once(DEFAULT_NAME.to_owned())
        .chain((2..100).map(|number| format!("{DEFAULT_NAME}-{number}")));
    let suggested = names.find(is_free).filter(|_| asker.is_person());
    asker.text(question, suggested.as_deref(), &|text| {
        check_name(text, templates)?;
        project::check_target(Path::new(text)).map(drop)
    })
}

/// Refuse a name that none of the templates accepts.
fn check_name(name: &str, templates: &[&Template<'_>]) -> Result<()> {
    let mut refused = Ok(());
    for template in templates {
        match ProjectName::parse(name, &template.manifest().names) {
            Ok(_) => return Ok(()),
            Err(error) => refused = refused.and(Err(error)),
        }
    }
    refused
}

fn language<'a, 'b>(
    possible: &[&'a Template<'b>],
    asker: &mut dyn Ask,
) -> Result<&'a Template<'b>> {
    let choices: Vec<_> = possible
        .iter()
        .map(|template| template.manifest())
        .map(|manifest| (manifest.id.as_str(), manifest.title.as_str()))
        .collect();
    let chosen = match choices.len() {
        0 => return Err(Failure::failed("this program was built without templates").into()),
        1 => 0,
        _ => asker.choose(LANGUAGE, &choices, 0)?,
    };
    Ok(possible[chosen])
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
            "`{}` does not name the project",
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

/// Ask for what is still missing: first the options that come first, then whether the other defaults are right, and
/// what they are not.
///
/// # Errors
///
/// A usage failure when no one can be asked, or an interruption.
pub fn fill(mut given: Answers, template: &Template<'_>, asker: &mut dyn Ask) -> Result<Answers> {
    let is_main = |open: &Open<'_>| open.option.main;
    while let Some(open) = missing(&given, template).into_iter().find(is_main) {
        let chosen = choose(&open, asker)?;
        given.options.insert(open.option.id.clone(), chosen);
    }
    let described = given.description.is_some();
    if missing(&given, template).len() + usize::from(!described) > 1 {
        let defaults = with_defaults(given.clone(), template);
        if keeps(&given, &defaults, template, asker)? {
            return Ok(defaults);
        }
    }
    if !described {
        let valid = |text: &str| spec::parse_description(text).map(drop);
        given.description = Some(asker.text(DESCRIPTION, Some(DEFAULT_DESCRIPTION), &valid)?);
    }
    while let Some(open) = missing(&given, template).first() {
        let chosen = choose(open, asker)?;
        given.options.insert(open.option.id.clone(), chosen);
    }
    Ok(given)
}

/// An option without an answer, and the choices that the answers so far leave.
struct Open<'a> {
    option: &'a OptionSpec,
    offered: Vec<&'a Choice>,
}

/// The options that are not answered, and which the answers so far leave open.
fn missing<'a>(given: &Answers, template: &'a Template<'_>) -> Vec<Open<'a>> {
    let mut tags = BTreeSet::new();
    let mut found = Vec::new();
    for option in template.options() {
        if !option.applies(&tags) {
            continue;
        }
        match given.options.get(&option.id) {
            Some(id) => {
                let choice = option.choice(id).into_iter();
                tags.extend(choice.flat_map(|choice| choice.tags.iter().cloned()));
            }
            None => found.push(Open {
                option,
                offered: option.offered(&tags).collect(),
            }),
        }
    }
    found
}

/// The answers with the defaults of all that is missing.
fn with_defaults(mut given: Answers, template: &Template<'_>) -> Answers {
    let description = given.description.take();
    given.description = description.or_else(|| Some(DEFAULT_DESCRIPTION.to_owned()));
    while let Some(open) = missing(&given, template).first() {
        let default = open.option.default.clone();
        given.options.insert(open.option.id.clone(), default);
    }
    given
}

/// Whether the defaults are right that `defaults` has beyond `given`.
fn keeps(
    given: &Answers,
    defaults: &Answers,
    template: &Template<'_>,
    asker: &mut dyn Ask,
) -> Result<bool> {
    let description = ("description", defaults.description.as_deref());
    let description = [description]
        .into_iter()
        .filter(|_| given.description.is_none());
    let options = template.options().iter().map(|option| &option.id);
    let options = options.filter(|id| !given.options.contains_key(*id));
    let options =
        options.filter_map(|id| Some((id.as_str(), Some(defaults.options.get(id)?.as_str()))));
    let rows: Vec<_> = description.chain(options).collect();
    let width = rows.iter().map(|(id, _)| id.len()).max().unwrap_or(0);
    let lines = rows
        .iter()
        .map(|(id, value)| format!("\n{id:width$}  {}", value.unwrap_or_default()));
    let prompt = format!("Keep the other defaults?{}", lines.collect::<String>());
    let flags: Vec<_> = rows.iter().map(|(id, _)| format!("--{id}")).collect();
    let flags = flags.join(", ");
    asker.confirm(Question::new("other answers", &prompt, &flags), true)
}

/// The id of the choice that is picked; there is nothing to ask where only one is left.
fn choose(open: &Open<'_>, asker: &mut dyn Ask) -> Result<String> {
    let Open { option, offered } = open;
    if let [only] = &offered[..] {
        return Ok(only.id.clone());
    }
    let flag = format!("--{}", option.id);
    let what = format!("choice of {}", option.id);
    let question = Question::new(&what, &option.prompt, &flag);
    let choices: Vec<_> = offered
        .iter()
        .map(|choice| (choice.id.as_str(), choice.help.as_str()))
        .collect();
    let is_default = |(id, _): &(&str, &str)| *id == option.default;
    let default = choices.iter().position(is_default).unwrap_or(0);
    let chosen = asker.choose(question, &choices, default)?;
    Ok(offered[chosen].id.clone())
}
