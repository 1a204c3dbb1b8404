//! What `add` and `remove` change in a project that exists: read and decided here, written by `apply`.

mod edits;
mod format;
mod removal;
mod rules;

use std::{collections::BTreeMap, fmt::Write as _};

use anyhow::Result;

use crate::{
    answers::{self, PrimitiveRecord},
    error::{Code, Failure},
    plan::{Place, Plan, RelPath, hex, sha256},
    project::Project,
    read,
    spec::ProjectSpec,
    template::{
        Template,
        manifest::{Kind, PrimitiveEntry},
        primitive::Editor,
    },
};
use edits::Edits;

pub use rules::{check, check_name, check_uri};

/// A project and what is known of its template.
#[derive(Debug, Clone, Copy)]
pub struct Extension<'a> {
    pub project: &'a Project,
    pub template: &'a Template<'a>,
    pub spec: &'a ProjectSpec,
}

/// What is going to be changed, and what could not be.
#[derive(Debug)]
pub struct Outcome {
    pub plan: Plan,
    /// Lines that the project works without, and why they stay as they are.
    pub warnings: Vec<String>,
}

impl<'a> Extension<'a> {
    /// The plan that adds `entry`; it has no changes when the project has that primitive already.
    ///
    /// # Errors
    ///
    /// A usage failure when the name cannot be used or is taken, or an anchor is gone; nothing is to be written then.
    pub fn adding(self, entry: &PrimitiveEntry) -> Result<Outcome> {
        let editor = Editor::new(self.template, self.spec)?;
        let known = self.project.primitives().contains(&entry);
        if !known {
            self.check_free(entry, &editor)?;
        }
        let mut edits = Edits::default();
        let mut files = self
            .recorded(entry)
            .map_or_else(BTreeMap::new, |it| it.files.clone());
        let mut warnings = Vec::new();
        for (path, text) in editor.files(entry)? {
            let found = self.read(&path)?;
            // What became of it since is its author's.
            if known && found.is_some() {
                continue;
            }
            let text = match self.formatted(&path, &text) {
                Ok(formatted) => formatted,
                Err(format::Unformatted(problem)) => {
                    warnings.push(problem);
                    text
                }
            };
            let hash = hash(&text);
            match found {
                Some(found) if found == text => {}
                Some(_) => return Err(in_the_way(entry, &path).into()),
                None => edits.create(path.clone(), text),
            }
            files.insert(path, hash);
        }
        let lines = editor.lines(entry)?;
        for path in editor.touched(entry)? {
            if let Some(text) = self.read(&path)? {
                unmerged(&path, &text)?;
                edits.open(&path, text);
            }
        }
        let skipped = editor.register(&mut edits.after, entry).map_err(|error| {
            let mut hint = "nothing was written; restore the comment with the anchor, or write the file and these lines yourself:".to_owned();
            for line in &lines {
                let _ = write!(hint, "\n  {}: {}", line.into, line.text.trim());
            }
            Failure::usage(format!("{error:#}")).hint(hint)
        })?;
        if !known || !files.is_empty() {
            let record = PrimitiveRecord::new(entry.clone(), false, files);
            self.record(&mut edits, &record)?;
        }
        let skipped = skipped.iter();
        warnings.extend(skipped.map(|problem| format!("not listed: {problem}")));
        Ok(Outcome {
            plan: self.plan(edits)?,
            warnings,
        })
    }

    /// Refuse a name that something else has.
    fn check_free(self, entry: &PrimitiveEntry, editor: &Editor<'_>) -> Result<()> {
        let kind = entry.kind.as_str();
        let refuse = |problem: String, hint: String| {
            Failure::usage(format!("cannot add {kind} `{}`: {problem}", entry.name)).hint(hint)
        };
        for known in self.project.primitives() {
            let other = known.kind.as_str();
            let methods = known.kind != Kind::Resource && entry.kind != Kind::Resource;
            if known.is_named(&entry.name) && (known.kind == entry.kind || methods) {
                let hint = if known.kind == entry.kind {
                    format!(
                        "choose another name, or remove it first with `create-mcp-server remove {kind} {}`",
                        known.name
                    )
                } else {
                    "choose another name: tools and prompts share one set of names".to_owned()
                };
                return Err(
                    refuse(format!("a {other} `{}` already exists", known.name), hint).into(),
                );
            }
            if entry.uri.is_some() && known.uri == entry.uri {
                let problem = format!("{other} `{}` has the same URI", known.name);
                return Err(refuse(problem, "choose another URI".to_owned()).into());
            }
        }
        for (file, text) in editor.clashes(entry)? {
            if self.read(file)?.is_some_and(|found| found.contains(&text)) {
                let problem = format!("`{file}` already uses that name");
                return Err(refuse(problem, "choose another name".to_owned()).into());
            }
        }
        Ok(())
    }

    /// What is on record of it, if `add` brought it.
    fn recorded(self, entry: &PrimitiveEntry) -> Option<&'a PrimitiveRecord> {
        let mut changed = self.project.changed.iter();
        changed.find(|it| !it.removed && it.primitive.is_same(entry))
    }

    /// The text of a file of the project, if it is there.
    fn read(self, path: &str) -> Result<Option<String>> {
        let full = RelPath::new(path)?.below(&self.project.root);
        let text = read::text(&full);
        let text = text.map_err(|error| {
            Failure::usage(format!("cannot read `{path}`: {error}")).hint(
                "nothing was written; make it a text file again, for example from version control",
            )
        })?;
        Ok(text)
    }

    /// Write `record` with the other edits.
    fn record(self, edits: &mut Edits, record: &PrimitiveRecord) -> Result<()> {
        let path = PrimitiveRecord::path(record.primitive.kind, &record.primitive.name);
        if let Some(text) = self.read(&path)? {
            edits.open(&path, text);
        }
        edits.after.insert(path, record.to_text()?);
        Ok(())
    }

    fn plan(self, edits: Edits) -> Result<Plan> {
        Ok(Plan {
            root: self.project.root.clone(),
            place: Place::Existing,
            changes: edits.changes()?,
        })
    }
}

fn hash(text: &str) -> String {
    hex(&sha256(text.as_bytes()))
}

/// Refuse to edit what git could not merge.
fn unmerged(path: &str, text: &str) -> Result<()> {
    let Some(line) = answers::conflict(text) else {
        return Ok(());
    };
    let problem = format!("line {line} of `{path}` is a Git conflict marker");
    Err(Failure::new(Code::Conflict, problem)
        .hint("nothing was written; resolve the conflict first: keep all lines that either side added")
        .into())
}

fn in_the_way(entry: &PrimitiveEntry, path: &str) -> Failure {
    let kind = entry.kind.as_str();
    Failure::usage(format!(
        "cannot add {kind} `{}`: `{path}` already exists",
        entry.name
    ))
    .hint("nothing was written; choose another name, or move that file out of the way")
}
