//! Thousands of random names and texts: refused, or carried exactly into every file.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet, HashSet},
};

use create_mcp_server::{
    answers::{Answers, FILE_NAME, Record},
    error::{Code, code},
    plan::Place,
    project,
    spec::ProjectSpec,
    template::{Template, embedded},
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};

use crate::support::{every, parse};

/// Pieces that some file type treats as syntax.
const SHARP: [&str; 44] = [
    "\"",
    "'",
    "\\",
    "`",
    "```",
    "{{ x }}",
    "{x}",
    "{}",
    "<% if x %>",
    "<%= name %>",
    "<%# x %>",
    "%>",
    "${{ secrets.X }}",
    "$(id)",
    "$$",
    "-->",
    "<!--",
    "<b>",
    "&amp;",
    "&",
    "#",
    "# x",
    "- x",
    "* x",
    "1. x",
    "> x",
    "| a |",
    "[a](b)",
    "![a](b)",
    "<https://x.y>",
    "https://x.y",
    "www.x.y",
    "_a_",
    "**b**",
    "~~c~~",
    ": ",
    "%",
    "!",
    "@x",
    "=",
    "\\n",
    "\\u0041",
    "é🦀日",
    "\u{301}",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(&SHARP[..]).prop_map(str::to_owned),
        "[ -~]{0,12}",
        "\\PC{0,6}",
        any::<char>().prop_map(String::from),
    ];
    prop_oneof![
        proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat()),
        "\\PC{1,100}",
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-Za-z][A-Za-z0-9_-]{0,63}",
        1 => text(),
    ]
}

fn answers(name: &str, description: &str, author: &str) -> Answers {
    Answers {
        name: Some(name.to_owned()),
        description: Some(description.to_owned()),
        author: Some(author.to_owned()),
        year: Some(2026),
        options: [("container".to_owned(), "docker".to_owned())].into(),
        ..Answers::default()
    }
}

fn rendered(template: &Template<'_>, spec: &ProjectSpec) -> BTreeMap<String, String> {
    let plan = project::plan_new(template, spec, "/x".into(), Place::New).expect("renders");
    plan.changes
        .into_iter()
        .filter_map(|change| Some((change.path.as_str().to_owned(), change.after?)))
        .collect()
}

/// Files that were parsed before.
type Seen = RefCell<HashSet<String>>;

/// Python sources, for Python to parse them all at once; it takes its time.
type Sources = RefCell<BTreeSet<String>>;
const SOURCES: usize = 3000;

fn run(cases: usize, strategy: &impl Strategy<Value = (String, String, String)>) -> (usize, usize) {
    let templates = embedded().expect("templates load");
    let counts = Cell::new((0, 0));
    let seen = Seen::default();
    let python = Sources::default();
    let config = Config {
        cases: u32::try_from(cases).expect("some thousands"),
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(strategy, |(name, description, author)| {
            let (accepted, refused) = counts.get();
            for template in &templates {
                match ProjectSpec::new(&answers(&name, &description, &author), template) {
                    Ok(spec) => {
                        carried(template, &spec, &seen, &python)?;
                        counts.set((accepted + 1, refused));
                    }
                    Err(error) => {
                        prop_assert_eq!(code(&error), Code::Usage);
                        let message = format!("{error:#}");
                        prop_assert!(!message.chars().any(char::is_control), "{}", message);
                        counts.set((accepted, refused + 1));
                    }
                }
            }
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    parse::python(&python.borrow()).unwrap_or_else(|problem| panic!("{problem}"));
    counts.get()
}

/// Every file parses, and gives the name and the texts back.
fn carried(
    template: &Template<'_>,
    spec: &ProjectSpec,
    seen: &Seen,
    python: &Sources,
) -> Result<(), TestCaseError> {
    let files = rendered(template, spec);
    for (path, text) in &files {
        // Most files carry no text of the user and are the same every time.
        if seen.borrow_mut().insert(format!("{path}\n{text}")) {
            parse::syntax(path, text)
                .map_err(|problem| TestCaseError::fail(format!("{path}: {problem}\n{text}")))?;
            let mut python = python.borrow_mut();
            if parse::is_python(path) && python.len() < SOURCES {
                python.insert(text.clone());
            }
        }
    }
    let description = spec.description.as_str();
    let manifest = [("Cargo.toml", "package"), ("pyproject.toml", "project")];
    let manifest = manifest
        .into_iter()
        .find(|(path, _)| files.contains_key(*path));
    let (path, table) = manifest.expect("a manifest");
    let manifest = parse::toml(&files[path]).map_err(TestCaseError::fail)?;
    prop_assert_eq!(manifest[table]["name"].as_str(), Some(spec.name.kebab()));
    prop_assert_eq!(manifest[table]["description"].as_str(), Some(description));
    let hosts = parse::json(&files[".mcp.json"]).map_err(TestCaseError::fail)?;
    prop_assert!(hosts["mcpServers"].get(spec.name.kebab()).is_some());
    let labels = parse::labels(&files["Dockerfile"]).map_err(TestCaseError::fail)?;
    let label = |key: &str| labels.get(&format!("org.opencontainers.image.{key}"));
    prop_assert_eq!(label("title").map(String::as_str), Some(spec.name.typed()));
    prop_assert_eq!(label("description").map(String::as_str), Some(description));
    let (title, lead) = parse::title_and_lead(&files["README.md"]);
    prop_assert_eq!(title, spec.name.typed());
    prop_assert_eq!(lead, description);
    let holder = spec.author.as_ref().map_or_else(
        || format!("the {} authors", spec.name.typed()),
        |author| author.as_str().to_owned(),
    );
    let copyright = format!("Copyright (c) 2026 {holder}");
    prop_assert!(
        files["LICENSE"].lines().any(|line| line == copyright),
        "{}",
        files["LICENSE"]
    );
    let record =
        Record::from_text(&files[FILE_NAME], FILE_NAME.as_ref()).expect("our own answers file");
    prop_assert_eq!(&record.answers, &spec.answers(&template.manifest().id));
    let anchored = files
        .values()
        .filter(|text| template.manifest().has_anchor(text));
    prop_assert_eq!(record.files.len() + anchored.count() + 1, files.len());
    Ok(())
}

#[test]
fn hostile_texts_are_refused_or_carried_exactly() {
    let strategy = ("[a-z]{3,9}server", text(), text()).prop_map(|(name, a, b)| (name, a, b));
    let cases = 3000 / every(30);
    let (accepted, refused) = run(cases, &strategy);
    assert!(
        accepted > cases / 3 && refused > cases / 10,
        "{accepted} accepted, {refused} refused"
    );
}

#[test]
fn hostile_names_are_refused_or_carried_exactly() {
    let strategy = name().prop_map(|name| (name, "An MCP server".to_owned(), String::new()));
    let cases = 2000 / every(30);
    let (accepted, refused) = run(cases, &strategy);
    assert!(
        accepted > cases / 3 && refused > cases / 10,
        "{accepted} accepted, {refused} refused"
    );
}
