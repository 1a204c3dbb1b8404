//! From answers to a [`ProjectSpec`]: every rule that spans two options, and every default, is settled here.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use crate::{
    answers::Answers,
    error::Failure,
    name::{Line, MAX_AUTHOR, MAX_DESCRIPTION, ProjectName},
    template::{Template, manifest::OptionSpec},
    version::{Version, VersionRule},
    workspace::Standing,
};

/// Everything that decides what a project contains. Two equal specs render the same bytes.
#[derive(Debug, Clone)]
pub struct ProjectSpec {
    pub name: ProjectName,
    pub description: Line,
    pub version: Version,
    pub author: Option<Line>,
    /// Year in the license.
    pub year: u16,
    pub workspace: Standing,
    /// Option id → choice id, one for every option of the template.
    pub choices: BTreeMap<String, String>,
    /// The layer tags that the choices and the place bring.
    pub tags: BTreeSet<String>,
}

impl ProjectSpec {
    /// Validate `answers` for `template`; what is not answered takes its default.
    ///
    /// # Errors
    ///
    /// A usage failure for the first answer that cannot be used, naming its flag.
    pub fn new(answers: &Answers, template: &Template) -> Result<Self> {
        let rules = &template.manifest().names;
        let name = answers.name.as_deref().unwrap_or_default();
        let description = answers
            .description
            .as_deref()
            .unwrap_or(DEFAULT_DESCRIPTION);
        let version = answers.version.as_deref().unwrap_or(DEFAULT_VERSION);
        let author = answers
            .author
            .as_deref()
            .filter(|author| !author.is_empty());
        let (choices, mut tags) = choose(&answers.options, template)?;
        let places = answers.workspace.tags().iter();
        tags.extend(places.map(|tag| (*tag).to_owned()));
        Ok(Self {
            name: ProjectName::parse(name, rules)?,
            description: parse_description(description)?,
            version: parse_version(version, rules.versions)?,
            author: author.map(parse_author).transpose()?,
            year: answers.year.unwrap_or_else(current_year),
            workspace: answers.workspace,
            choices,
            tags,
        })
    }

    /// The answers that give this spec again, each one explicit.
    #[must_use]
    pub fn answers(&self, language: &str) -> Answers {
        Answers {
            language: Some(language.to_owned()),
            name: Some(self.name.typed().to_owned()),
            description: Some(self.description.as_str().to_owned()),
            version: Some(self.version.to_string()),
            author: self
                .author
                .as_ref()
                .map(|author| author.as_str().to_owned()),
            year: Some(self.year),
            workspace: self.workspace,
            options: self.choices.clone(),
        }
    }
}

pub const DEFAULT_DESCRIPTION: &str = "An MCP server";
pub const DEFAULT_VERSION: &str = "0.1.0";

/// Parse a project's description.
///
/// # Errors
///
/// See [`Line::parse`].
pub fn parse_description(text: &str) -> Result<Line> {
    Line::parse(text, "description", "--description", MAX_DESCRIPTION)
}

fn parse_author(text: &str) -> Result<Line> {
    Line::parse(text, "author", "--author", MAX_AUTHOR)
}

fn parse_version(text: &str, rule: VersionRule) -> Result<Version> {
    rule.parse(text).map_err(|error| {
        let shown = text.escape_debug();
        Failure::usage(format!("cannot use `{shown}` as a version: {error}"))
            .hint(format!("give {} with --server-version", rule.described()))
            .into()
    })
}

type Choices = (BTreeMap<String, String>, BTreeSet<String>);

fn choose(given: &BTreeMap<String, String>, template: &Template<'_>) -> Result<Choices> {
    let mut choices = BTreeMap::new();
    let mut tags = BTreeSet::new();
    for option in template.options() {
        let id = given.get(&option.id);
        if !option.applies(&tags) {
            if id.is_some() {
                let flag = format!("--{}", option.id);
                return Err(out_of_place(&flag, &option.requires, template).into());
            }
            continue;
        }
        let id = id.unwrap_or(&option.default);
        let choice = option
            .choice(id)
            .ok_or_else(|| no_choice(option, id, template))?;
        if !choice.applies(&tags) {
            let flag = format!("--{}={}", option.id, choice.id);
            return Err(out_of_place(&flag, &choice.requires, template).into());
        }
        choices.insert(option.id.clone(), choice.id.clone());
        tags.extend(choice.tags.iter().cloned());
    }
    if let Some((unknown, id)) = given.iter().find(|(id, _)| !choices.contains_key(*id)) {
        if template.lacks(unknown, id) {
            return Err(lacking(unknown, id, template).into());
        }
        let shown = unknown.escape_debug();
        let title = &template.manifest().title;
        return Err(
            Failure::usage(format!("{title} projects have no option `{shown}`"))
                .hint("remove it from the answers file, or use a newer create-mcp-server")
                .into(),
        );
    }
    Ok((choices, tags))
}

fn no_choice(option: &OptionSpec, id: &str, template: &Template<'_>) -> Failure {
    if template.lacks(&option.id, id) {
        return lacking(&option.id, id, template);
    }
    let known: Vec<_> = option
        .choices
        .iter()
        .map(|c| format!("`{}`", c.id))
        .collect();
    let shown = id.escape_debug();
    Failure::usage(format!("`{shown}` is not a choice for --{}", option.id))
        .hint(format!("choose one of {}", known.join(", ")))
}

fn lacking(option: &str, id: &str, template: &Template<'_>) -> Failure {
    let title = &template.manifest().title;
    let shown = id.escape_debug();
    Failure::usage(format!(
        "{title} projects cannot have --{option}={shown} yet"
    ))
    .hint("leave it out, or give a --language that has it: see `create-mcp-server list`")
}

/// What `flag` says needs tags that other answers do not bring; the hint names answers that would.
fn out_of_place(flag: &str, requires: &[String], template: &Template<'_>) -> Failure {
    let with = template.conditions_of(requires);
    Failure::usage(format!("{flag} cannot be combined with the other answers"))
        .hint(format!("leave it out, or use it with {with}"))
}

/// The year now (UTC), or that of `SOURCE_DATE_EPOCH` for reproducible output.
fn current_year() -> u16 {
    let fixed = std::env::var("SOURCE_DATE_EPOCH")
        .ok()
        .and_then(|text| text.parse::<u64>().ok());
    let seconds = fixed.unwrap_or_else(|| {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    });
    year_of(seconds / 86_400)
}

/// The Gregorian year of a day counted from 1970-01-01.
fn year_of(mut day: u64) -> u16 {
    let mut year = 1970_u16;
    loop {
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let length = if leap { 366 } else { 365 };
        if day < length || year == u16::MAX {
            return year;
        }
        day -= length;
        year += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error;

    const SHARED: &str = r#"
        [[option]]
        id = "way"
        prompt = "?"
        help = "-"
        default = "near"
        choice = [{ id = "near", help = "-" }, { id = "far", help = "-", tags = ["remote"] }]

        [[option]]
        id = "lock"
        prompt = "?"
        help = "-"
        default = "none"
        requires = ["remote"]
        choice = [{ id = "none", help = "-" }, { id = "key", help = "-", tags = ["key"] }]
    "#;
    const LANGUAGE: &str =
        "id = \"x\"\ntitle = \"X\"\nversion = 1\nnames = {}\nrun = { command = [] }\n";

    fn spec(options: &[(&str, &str)]) -> Result<ProjectSpec> {
        let sources = vec![
            ("_shared/template.toml".to_owned(), SHARED.as_bytes()),
            ("x/template.toml".to_owned(), LANGUAGE.as_bytes()),
        ];
        let templates = crate::template::load(&sources).expect("loads");
        let options = options
            .iter()
            .map(|(id, choice)| ((*id).to_owned(), (*choice).to_owned()));
        let answers = Answers {
            name: Some("name".to_owned()),
            options: options.collect(),
            ..Answers::default()
        };
        ProjectSpec::new(&answers, &templates[0])
    }

    #[test]
    fn an_option_exists_only_with_what_it_requires() {
        let near = spec(&[]).expect("valid");
        assert!(!near.choices.contains_key("lock"));
        let far = spec(&[("way", "far")]).expect("valid");
        assert_eq!(far.choices["lock"], "none");
        let locked = spec(&[("way", "far"), ("lock", "key")]).expect("valid");
        assert!(locked.tags.contains("key"));
        for choice in ["none", "key"] {
            let error = spec(&[("lock", choice)]).expect_err("refused");
            assert_eq!(
                error.to_string(),
                "--lock cannot be combined with the other answers"
            );
            assert_eq!(
                error::hint(&error),
                Some("leave it out, or use it with --way=far")
            );
        }
    }

    #[test]
    fn what_a_language_lacks_is_refused_in_so_many_words() {
        let language = format!("lacks = [\"key\", \"remote\"]\n{LANGUAGE}");
        let sources = vec![
            ("_shared/template.toml".to_owned(), SHARED.as_bytes()),
            ("x/template.toml".to_owned(), language.as_bytes()),
        ];
        let templates = crate::template::load(&sources).expect("loads");
        assert_eq!(templates[0].options().len(), 1);
        for (option, choice) in [("way", "far"), ("lock", "none")] {
            let answers = Answers {
                name: Some("name".to_owned()),
                options: [(option.to_owned(), choice.to_owned())].into(),
                ..Answers::default()
            };
            let error = ProjectSpec::new(&answers, &templates[0]).expect_err("refused");
            let text = format!("X projects cannot have --{option}={choice} yet");
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn unknown_options_and_choices_are_refused() {
        let error = spec(&[("way", "fast")]).expect_err("refused");
        assert_eq!(error::hint(&error), Some("choose one of `near`, `far`"));
        assert!(spec(&[("colour", "red")]).is_err());
    }

    #[test]
    fn years_begin_on_their_first_of_january() {
        for (day, year) in [
            (0, 1970),
            (364, 1970),
            (365, 1971),
            (20_453, 2025),
            (20_454, 2026),
            (19_722, 2023),
            (19_723, 2024),
        ] {
            assert_eq!(year_of(day), year, "day {day}");
        }
    }
}
