//! What is asked, with scripted answers instead of a terminal; and the command line that says the same.

use std::{ffi::OsString, path::Path};

use anyhow::Result;
use create_mcp_server::{
    answers::Answers,
    ask::{Ask, Question, Validate},
    cli::{self, Verb},
    interview,
    plan::{Place, Plan},
    spec::ProjectSpec,
    summary::Created,
    template::{Template, embedded},
};
use proptest::prelude::*;

/// Answers in the order of the questions; records what was asked.
#[derive(Default)]
struct Scripted {
    answers: Vec<&'static str>,
    asked: Vec<String>,
    refused: Vec<String>,
}

impl Scripted {
    fn next(&mut self, question: Question<'_>) -> &'static str {
        self.asked.push(question.what.to_owned());
        self.answers.remove(0)
    }
}

impl Ask for Scripted {
    fn text(
        &mut self,
        question: Question<'_>,
        default: Option<&str>,
        validate: Validate<'_>,
    ) -> Result<String> {
        loop {
            let answer = self.next(question);
            let answer = if answer.is_empty() {
                default.unwrap_or_default()
            } else {
                answer
            };
            match validate(answer) {
                Ok(()) => return Ok(answer.to_owned()),
                Err(error) => self.refused.push(format!("{error:#}")),
            }
        }
    }

    fn secret(&mut self, question: Question<'_>) -> Result<String> {
        Ok(self.next(question).to_owned())
    }

    fn choose(
        &mut self,
        question: Question<'_>,
        choices: &[(&str, &str)],
        default: usize,
    ) -> Result<usize> {
        let answer = self.next(question);
        Ok(choices
            .iter()
            .position(|(id, _)| *id == answer)
            .unwrap_or(default))
    }

    fn pick(
        &mut self,
        question: Question<'_>,
        choices: &[(&str, &str)],
        _min: usize,
    ) -> Result<Vec<usize>> {
        let answer = self.next(question);
        Ok((0..choices.len())
            .filter(|at| answer.split(',').any(|id| id == choices[*at].0))
            .collect())
    }

    fn confirm(&mut self, question: Question<'_>, default: bool) -> Result<bool> {
        Ok(match self.next(question) {
            "" => default,
            answer => answer == "yes",
        })
    }
}

fn template() -> Template<'static> {
    embedded()
        .expect("templates load")
        .into_iter()
        .find(|t| t.manifest().id == "rust")
        .expect("the Rust template")
}

fn all_languages() -> Vec<Template<'static>> {
    embedded().expect("templates load")
}

#[test]
fn everything_missing_is_asked_and_bad_answers_are_asked_again() {
    let templates = all_languages();
    let mut script = Scripted {
        answers: vec![
            "9lives",
            "lives9",
            "rust",
            "minimal",
            "stdio",
            "no",
            "two\nlines",
            "",
            "otlp",
            "none",
            "",
            "docker",
        ],
        ..Scripted::default()
    };
    let (path, given, template) =
        interview::start(None, Answers::default(), &templates, &mut script).expect("a start");
    let answers = interview::fill(given, template, &mut script).expect("answers");
    assert_eq!(path, Path::new("lives9"));
    let expected = [
        "project's name",
        "project's name",
        "language",
        "choice of starter",
        "choice of transport",
        "other answers",
        "description",
        "description",
        "choice of telemetry",
        "choice of license",
        "choice of ci",
        "choice of container",
    ];
    assert_eq!(script.asked, expected);
    assert_eq!(script.refused.len(), 2, "{:?}", script.refused);
    let spec = ProjectSpec::new(&answers, template).expect("valid");
    assert_eq!(spec.description.as_str(), "An MCP server");
    assert_eq!(
        (
            &*spec.choices["starter"],
            &*spec.choices["telemetry"],
            &*spec.choices["license"],
            &*spec.choices["ci"],
            &*spec.choices["container"]
        ),
        ("minimal", "otlp", "none", "github", "docker")
    );
}

#[test]
fn enter_takes_five_questions_to_the_defaults() {
    let templates = all_languages();
    let mut script = Scripted {
        answers: vec![""; 5],
        ..Scripted::default()
    };
    let (path, given, template) =
        interview::start(None, Answers::default(), &templates, &mut script).expect("a start");
    let answers = interview::fill(given, template, &mut script).expect("answers");
    assert_eq!(path, Path::new("my-server"));
    assert_eq!(script.asked.len(), 5, "{:?}", script.asked);
    let spec = ProjectSpec::new(&answers, template).expect("valid");
    let alone = Answers {
        name: Some("my-server".to_owned()),
        ..Answers::default()
    };
    let defaults = ProjectSpec::new(&alone, template).expect("valid");
    assert_eq!(spec.choices, defaults.choices);
    assert_eq!(spec.description.as_str(), defaults.description.as_str());
}

#[test]
fn a_name_that_the_language_reserves_is_asked_for_again() {
    let templates = all_languages();
    let mut script = Scripted {
        answers: vec!["std", "rust", "steady"],
        ..Scripted::default()
    };
    let (path, given, _) =
        interview::start(None, Answers::default(), &templates, &mut script).expect("a start");
    assert_eq!(path, Path::new("steady"));
    assert_eq!(given.name.as_deref(), Some("steady"));
    assert_eq!(
        script.asked,
        ["project's name", "language", "project's name"]
    );
}

#[test]
fn what_is_given_is_not_asked() {
    let templates = [template()];
    let given = Answers {
        name: Some("given-name".to_owned()),
        description: Some("given".to_owned()),
        options: templates[0]
            .options()
            .iter()
            .map(|option| (option.id.clone(), option.default.clone()))
            .collect(),
        ..Answers::default()
    };
    let mut script = Scripted::default();
    let (path, given, template) =
        interview::start(None, given, &templates, &mut script).expect("a start");
    assert_eq!(path, Path::new("given-name"));
    interview::fill(given, template, &mut script).expect("nothing to ask");
    assert_eq!(script.asked, Vec::<String>::new());
}

/// Split a line as a POSIX shell does; the program prints single quotes only.
fn shell_words(line: &str) -> Vec<OsString> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut chars = line.chars();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '\'' => quoted = !quoted,
            '\\' if !quoted => word.extend(chars.next()),
            ' ' if !quoted => words.push(std::mem::take(&mut word).into()),
            c => word.push(c),
        }
    }
    words.push(word.into());
    words
}

proptest! {
    #[test]
    fn the_printed_command_line_gives_the_same_answers(
        name in "[A-Za-z][A-Za-z0-9_-]{0,20}x9",
        description in "\\PC{1,40}",
        author in "\\PC{0,20}",
        path in "[-A-Za-z0-9 '\"$./]{1,20}z",
        picks in proptest::collection::vec(0..4_usize, 4),
    ) {
        let template = template();
        let options = template.options().iter().zip(&picks).map(|(option, pick)| {
            let choice = &option.choices[pick % option.choices.len()];
            (option.id.clone(), choice.id.clone())
        });
        let answers = Answers {
            name: Some(name),
            description: Some(description),
            author: Some(author).filter(|author| !author.is_empty()),
            year: Some(2026),
            options: options.collect(),
            ..Answers::default()
        };
        let Ok(spec) = ProjectSpec::new(&answers, &template) else { return Ok(()); };
        let plan = Plan { root: "/x".into(), place: Place::New, changes: Vec::new() };
        let created = Created { plan: &plan, spec: &spec, template: &template, path: Path::new(&path), shown: "", git: false, build: true, hosts: Vec::new() };
        let words = shell_words(&created.command_line());
        let cli = cli::parse(words, std::slice::from_ref(&template)).expect("parses");
        let Verb::New(new) = cli.verb else { panic!("not new") };
        let mut said = spec.answers(&template.manifest().id);
        said.year = None;
        if Path::new(&path).file_name() == Some(spec.name.typed().as_ref()) {
            said.name = None;
        }
        prop_assert_eq!(new.answers(), said);
        let given = new.path.expect("a path");
        let same = given == Path::new(&path) || given == Path::new("./").join(&path);
        prop_assert!(same, "{:?}", given);
        prop_assert!(new.build && new.yes && new.no_git);
    }
}

#[test]
fn what_comes_with_a_transport_is_asked_only_with_it() {
    let template = template();
    for (transport, auth) in [("http", Some("bearer")), ("stdio", None)] {
        let given = Answers {
            name: Some("given-name".to_owned()),
            description: Some("given".to_owned()),
            ..Answers::default()
        };
        let mut answers = vec!["minimal", transport, "no"];
        answers.extend(auth);
        // The defaults of whatever comes after.
        answers.extend([""; 10]);
        let mut script = Scripted {
            answers,
            ..Scripted::default()
        };
        let answers = interview::fill(given, &template, &mut script).expect("answers");
        let spec = ProjectSpec::new(&answers, &template).expect("valid");
        assert_eq!(spec.choices.get("auth").map(String::as_str), auth);
        let asked = script.asked.iter().any(|what| what == "choice of auth");
        assert_eq!(asked, auth.is_some(), "{:?}", script.asked);
    }
}
