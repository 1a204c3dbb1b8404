//! What `new` asks, in which order, and where the project goes.

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
    template::{self, Template, manifest::OptionSpec},
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
            let chosen = choose(option, asker)?;
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

/// The id of the choice that is picked for `option`.
fn choose(option: &OptionSpec, asker: &mut dyn Ask) -> Result<String> {
    let flag = format!("--{}", option.id);
    let what = format!("choice of {}", option.id);
    let question = Question {
        what: &what,
        prompt: &option.prompt,
        flag: &flag,
    };
    let choices: Vec<_> = option
        .choices
        .iter()
        .map(|choice| (choice.id.as_str(), choice.help.as_str()))
        .collect();
    let is_default = |(id, _): &(&str, &str)| *id == option.default;
    let default = choices.iter().position(is_default).unwrap_or(0);
    let chosen = asker.choose(question, &choices, default)?;
    Ok(option.choices[chosen].id.clone())
}
