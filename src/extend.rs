//! What `add` and `remove` change in a project that exists: read and decided here, written by `apply`.

mod rules;

use std::{fmt::Write as _, io, path::Path};

use anyhow::{Context as _, Result};
use heck::ToSnakeCase as _;

use crate::{
    answers,
    error::{Code, Failure},
    plan::{Change, Expect, Place, Plan, RelPath, hex, sha256},
    project::Project,
    spec::ProjectSpec,
    template::{
        Template,
        compose::{self, Tree},
        manifest::{Kind, PrimitiveEntry},
        primitive::Editor,
    },
};

pub use rules::{check, check_name, check_uri};

/// A project and what is known of its template.
#[derive(Debug, Clone, Copy)]
pub struct Extension<'a> {
    pub project: &'a Project,
    pub template: &'a Template<'a>,
    pub spec: &'a ProjectSpec,
}

impl Extension<'_> {
    /// The plan that adds `entry`; it has no changes when the project has that primitive already.
    ///
    /// # Errors
    ///
    /// A usage failure when the name cannot be used or is taken, or an anchor is gone; nothing is to be written then.
    pub fn adding(self, entry: PrimitiveEntry) -> Result<Plan> {
        let editor = Editor::new(self.template, self.spec)?;
        let mut record = self.project.record.clone();
        let known = record.primitives.contains(&entry);
        if !known {
            self.check_free(&entry, &editor)?;
        }
        let mut edits = Edits::default();
        for (path, text) in editor.files(&entry)? {
            match self.read(&path)? {
                // What became of it since is its author's.
                Some(_) if known => {}
                Some(_) => return Err(in_the_way(&entry, &path).into()),
                None => edits.create(path, text),
            }
        }
        let lines = editor.lines(&entry)?;
        for path in editor.touched(&entry)? {
            if let Some(text) = self.read(&path)? {
                edits.open(&path, text);
            }
        }
        editor.register(&mut edits.after, &entry).map_err(|error| {
            let mut hint = "nothing was written; put the comment with the anchor back, or write the file and these lines yourself:".to_owned();
            for line in &lines {
                let _ = write!(hint, "\n  {}: {}", line.into, line.text.trim());
            }
            Failure::usage(format!("{error:#}")).hint(hint)
        })?;
        if !known {
            record.primitives.push(entry);
            record
                .primitives
                .sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        }
        self.plan(edits, record)
    }

    /// The plan that takes the primitive out again, and its entry.
    ///
    /// # Errors
    ///
    /// A usage failure when there is no such primitive, or other files of the starter use it; a conflict when its file was
    /// edited, unless `force`.
    pub fn removing(self, kind: Kind, name: &str, force: bool) -> Result<(Plan, PrimitiveEntry)> {
        let mut record = self.project.record.clone();
        let at = record
            .primitives
            .iter()
            .position(|it| it.kind == kind && same(&it.name, name));
        let Some(at) = at else {
            return Err(self.unknown(kind, name).into());
        };
        let entry = record.primitives.remove(at);
        let shown = format!("{} `{}`", kind.as_str(), entry.name);
        if self.of_starter(&entry)? {
            return Err(Failure::usage(format!(
                "cannot remove {shown}: it came with the starter, and other files use it"
            ))
            .hint("take it out by hand: its file, its lines above the anchors, and its tests")
            .into());
        }
        let editor = Editor::new(self.template, self.spec)?;
        let mut edits = Edits::default();
        for path in editor.files(&entry)?.into_keys() {
            if let Some(text) = self.read(&path)? {
                let recorded = record.files.remove(&path);
                if !force && recorded != Some(hash(&text)) {
                    return Err(Failure::new(
                        Code::Conflict,
                        format!("cannot remove {shown}: `{path}` was edited"),
                    )
                    .hint("nothing was changed; --force deletes it all the same")
                    .into());
                }
                edits.delete(path, text);
            } else {
                record.files.remove(&path);
            }
        }
        for line in editor.lines(&entry)? {
            let Some(text) = self.read(&line.into)? else {
                continue;
            };
            if !force && !text.lines().any(|known| known == line.text) {
                let problem = format!(
                    "cannot remove {shown}: its line in `{}` was edited",
                    line.into
                );
                let own = line.text.trim();
                return Err(Failure::new(Code::Conflict, problem)
                    .hint(format!(
                        "nothing was changed; take out `{own}` there yourself, then give --force"
                    ))
                    .into());
            }
            edits.open(&line.into, text);
        }
        editor.unregister(&mut edits.after, &entry)?;
        Ok((self.plan(edits, record)?, entry))
    }

    /// Whether it came with the starter, whose other files use it.
    fn of_starter(self, entry: &PrimitiveEntry) -> Result<bool> {
        let composed = compose::compose(self.template, self.spec)?;
        Ok(composed.primitives.contains(entry))
    }

    /// Refuse a name that something else has.
    fn check_free(self, entry: &PrimitiveEntry, editor: &Editor<'_>) -> Result<()> {
        let kind = entry.kind.as_str();
        let refuse = |problem: String, hint: String| {
            Failure::usage(format!("cannot add {kind} `{}`: {problem}", entry.name)).hint(hint)
        };
        for known in &self.project.record.primitives {
            let other = known.kind.as_str();
            let methods = known.kind != Kind::Resource && entry.kind != Kind::Resource;
            if same(&known.name, &entry.name) && (known.kind == entry.kind || methods) {
                let hint = if known.kind != entry.kind {
                    "choose another name: tools and prompts share theirs".to_owned()
                } else if self.of_starter(known)? {
                    "choose another name: that one came with the starter".to_owned()
                } else {
                    format!(
                        "choose another name, or take it out first with `create-mcp-server remove {kind} {}`",
                        known.name
                    )
                };
                return Err(refuse(format!("there is a {other} `{}`", known.name), hint).into());
            }
            if entry.uri.is_some() && known.uri == entry.uri {
                let problem = format!("{other} `{}` has the same URI", known.name);
                return Err(refuse(problem, "choose another URI".to_owned()).into());
            }
        }
        for (file, text) in editor.clashes(entry)? {
            if self.read(file)?.is_some_and(|found| found.contains(&text)) {
                let problem = format!("`{file}` has something of that name");
                return Err(refuse(problem, "choose another name".to_owned()).into());
            }
        }
        Ok(())
    }

    fn unknown(self, kind: Kind, name: &str) -> Failure {
        let known = self
            .project
            .record
            .primitives
            .iter()
            .filter(|it| it.kind == kind);
        let known: Vec<_> = known.map(|it| format!("`{}`", it.name)).collect();
        let problem = format!(
            "this project has no {} `{}`",
            kind.as_str(),
            name.escape_debug()
        );
        Failure::usage(problem).hint(if known.is_empty() {
            format!("it has no {} at all", kind.as_str())
        } else {
            format!("it has {}", known.join(", "))
        })
    }

    /// The text of a file of the project, if it is there.
    fn read(self, path: &str) -> Result<Option<String>> {
        let full = RelPath::new(path)?.below(&self.project.root);
        read(&full).with_context(|| format!("cannot read `{}`", full.display()))
    }

    /// Every edit that changes something, and the answers file that goes with them.
    fn plan(self, mut edits: Edits, mut record: answers::Record) -> Result<Plan> {
        for (path, after) in &edits.after {
            let before = edits.before.get(path);
            // A file that somebody edited stays one that was edited.
            if before.is_none_or(|text| record.files.get(path) == Some(&hash(text))) {
                record.files.insert(path.clone(), hash(after));
            }
        }
        if let Some(text) = self.read(answers::FILE_NAME)? {
            if record != self.project.record {
                edits
                    .after
                    .insert(answers::FILE_NAME.to_owned(), record.to_text()?);
            }
            edits.before.insert(answers::FILE_NAME.to_owned(), text);
        }
        Ok(Plan {
            root: self.project.root.clone(),
            place: Place::Existing,
            changes: edits.changes()?,
        })
    }
}

/// Files as they are and as they are to be.
#[derive(Debug, Default)]
struct Edits {
    before: Tree,
    after: Tree,
    deleted: Vec<String>,
}

impl Edits {
    fn create(&mut self, path: String, text: String) {
        self.after.insert(path, text);
    }

    fn open(&mut self, path: &str, text: String) {
        self.before.insert(path.to_owned(), text.clone());
        self.after.entry(path.to_owned()).or_insert(text);
    }

    fn delete(&mut self, path: String, text: String) {
        self.before.insert(path.clone(), text);
        self.deleted.push(path);
    }

    fn changes(self) -> Result<Vec<Change>> {
        let Self {
            before,
            after,
            deleted,
        } = self;
        let expect = |path: &str| match before.get(path) {
            Some(text) => Expect::Sha256(sha256(text.as_bytes())),
            None => Expect::Absent,
        };
        let deleted = deleted.into_iter().map(|path| (path, None));
        let written = after
            .into_iter()
            .filter(|(path, text)| before.get(path) != Some(text));
        let written = written.map(|(path, text)| (path, Some(text)));
        let mut changes = deleted
            .chain(written)
            .map(|(path, after)| {
                Ok(Change {
                    before: expect(&path),
                    path: RelPath::new(&path)?,
                    after,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }
}

fn hash(text: &str) -> String {
    hex(&sha256(text.as_bytes()))
}

fn same(one: &str, other: &str) -> bool {
    one.to_snake_case() == other.to_snake_case()
}

/// A file's text, or `None` when there is no file.
///
/// # Errors
///
/// Fails when the file cannot be read or is no text.
pub fn read(path: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn in_the_way(entry: &PrimitiveEntry, path: &str) -> Failure {
    let kind = entry.kind.as_str();
    Failure::usage(format!(
        "cannot add {kind} `{}`: `{path}` is there already",
        entry.name
    ))
    .hint("nothing was written; choose another name, or move that file out of the way")
}
