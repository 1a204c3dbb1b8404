//! What `list` says about the project it is run in. Only the count of changed files reads the disk.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{
    project::{self, Project},
    template::manifest::Kind,
    ui::BOLD,
};

const KINDS: [(Kind, &str); 3] = [
    (Kind::Tool, "tools"),
    (Kind::Resource, "resources"),
    (Kind::Prompt, "prompts"),
];

/// The project as a table: its template, its answers, its primitives, and how many files were changed.
#[must_use]
pub fn project_text(project: &Project) -> String {
    let record = &project.record;
    let answers = &record.answers;
    let template = format!(
        "{}, version {}",
        record.template.id, record.template.version
    );
    let mut rows: Vec<(&str, String)> = vec![("template", template)];
    let texts = [
        ("description", &answers.description),
        ("version", &answers.version),
        ("author", &answers.author),
    ];
    let texts = texts.into_iter();
    rows.extend(texts.filter_map(|(name, text)| Some((name, text.clone()?))));
    let options = answers.options.iter();
    rows.extend(options.map(|(id, choice)| (id.as_str(), choice.clone())));
    for (kind, title) in KINDS {
        let names = names(project, kind);
        if !names.is_empty() {
            rows.push((title, names.join(", ")));
        }
    }
    let (changed, all) = (project.drifted(), project.files().len());
    if changed > 0 {
        let said = format!("{changed} of {all} have changed since they were created");
        rows.push(("files", said));
    }
    let width = rows.iter().map(|(title, _)| title.len()).max().unwrap_or(0);
    let name = answers.name.as_deref().unwrap_or_default();
    let root = project::shown(&project.root);
    let mut text = format!("{BOLD}Project{BOLD:#} {name} (in {root})\n\n");
    for (title, value) in rows {
        let _ = writeln!(text, "  {title:width$}  {value}");
    }
    text
}

/// The same as data.
#[must_use]
pub fn project_json(project: &Project) -> Value {
    let record = &project.record;
    let primitives = KINDS.map(|(kind, title)| (title.to_owned(), names(project, kind).into()));
    json!({
        "root": project.root.to_string_lossy(),
        "template": { "id": record.template.id, "version": record.template.version },
        "answers": record.answers,
        "primitives": Value::Object(primitives.into_iter().collect()),
        "drifted_files": project.drifted(),
    })
}

fn names(project: &Project, kind: Kind) -> Vec<&str> {
    let primitives = project.primitives().into_iter();
    let of_kind = primitives.filter(|primitive| primitive.kind == kind);
    of_kind.map(|primitive| primitive.name.as_str()).collect()
}
