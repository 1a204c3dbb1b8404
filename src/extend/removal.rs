//! What `remove` takes out: a primitive that was added, or one of the starter with what only it used.

use anyhow::Result;

use super::{Edits, Extension, Outcome, hash, unmerged};
use crate::{
    answers::PrimitiveRecord,
    error::{Code, Failure},
    template::{
        compose,
        manifest::{Kind, PrimitiveEntry, Support},
        primitive::Editor,
    },
};

impl Extension<'_> {
    /// The plan that takes the primitive out again, and its entry.
    ///
    /// # Errors
    ///
    /// A usage failure when there is no such primitive, or the template does not say what belongs to it; a conflict when
    /// what would go was edited, unless `force`.
    pub fn removing(
        self,
        kind: Kind,
        name: &str,
        force: bool,
    ) -> Result<(Outcome, PrimitiveEntry)> {
        let known = self.project.primitives();
        let entry = known
            .into_iter()
            .find(|it| it.kind == kind && it.is_named(name))
            .ok_or_else(|| self.unknown(kind, name))?;
        let taking = Taking {
            extension: self,
            entry,
            force,
        };
        let mut edits = Edits::default();
        let recorded = self.recorded(entry);
        let of_starter = self.project.record.primitives.iter();
        let of_starter = of_starter.clone().any(|it| it.is_same(entry));
        let support = if recorded.is_none() {
            taking.support()?
        } else {
            Vec::new()
        };
        let own = recorded.into_iter().flat_map(|it| it.files.keys());
        let shared = support.iter().flat_map(|it| &it.files);
        let files: Vec<&String> = own.chain(shared).collect();
        for path in &files {
            taking.file(path, &mut edits)?;
        }
        for part in support.iter().flat_map(|it| &it.texts) {
            taking.text(&part.into, &part.text, &mut edits)?;
        }
        let warnings = taking.lines(&mut edits)?;
        let path = PrimitiveRecord::path(entry.kind, &entry.name);
        if of_starter {
            let hashes = self.project.record.files.iter();
            let gone = hashes.filter(|(path, _)| files.contains(path));
            let gone = gone.map(|(path, hash)| (path.clone(), hash.clone()));
            let record = PrimitiveRecord::new(entry.clone(), true, gone.collect());
            self.record(&mut edits, &record)?;
        } else if let Some(text) = self.read(&path)? {
            edits.delete(path, text);
        }
        let plan = self.plan(edits)?;
        Ok((Outcome { plan, warnings }, entry.clone()))
    }

    fn unknown(self, kind: Kind, name: &str) -> Failure {
        let known = self.project.primitives().into_iter();
        let known = known.filter(|it| it.kind == kind);
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
}

/// A primitive on its way out.
struct Taking<'a> {
    extension: Extension<'a>,
    entry: &'a PrimitiveEntry,
    force: bool,
}

impl Taking<'_> {
    fn shown(&self) -> String {
        format!("{} `{}`", self.entry.kind.as_str(), self.entry.name)
    }

    fn edited(&self, problem: &str, hint: String) -> Failure {
        let problem = format!("cannot remove {}: {problem}", self.shown());
        Failure::new(Code::Conflict, problem).hint(hint)
    }

    /// What the starter brought that no other primitive uses.
    fn support(&self) -> Result<Vec<Support>> {
        let Extension {
            project,
            template,
            spec,
        } = self.extension;
        let label = self.entry.label();
        let mut support = compose::compose(template, spec)?.support;
        support.retain(|it| it.of.contains(&label));
        if support.is_empty() {
            return Err(Failure::usage(format!(
                "cannot remove {}: it came with the starter, and other files use it",
                self.shown()
            ))
            .hint("remove it by hand: its file, its lines above the anchors, and its tests")
            .into());
        }
        let left: Vec<String> = project.primitives().iter().map(|it| it.label()).collect();
        support.retain(|it| {
            let mut others = it.of.iter().filter(|user| **user != label);
            !others.any(|user| left.contains(user))
        });
        Ok(support)
    }

    fn file(&self, path: &str, edits: &mut Edits) -> Result<()> {
        let Some(text) = self.extension.read(path)? else {
            return Ok(());
        };
        let files = self.extension.project.files();
        if !self.force && files.get(path).is_none_or(|it| **it != hash(&text)) {
            let hint = "nothing was changed; --force deletes it anyway".to_owned();
            return Err(self.edited(&format!("`{path}` was edited"), hint).into());
        }
        edits.delete(path.to_owned(), text);
        Ok(())
    }

    /// Take `text`, whole lines of the file `into`, out.
    fn text(&self, into: &str, text: &str, edits: &mut Edits) -> Result<()> {
        if !edits.has(into) {
            let Some(found) = self.extension.read(into)? else {
                return Ok(());
            };
            unmerged(into, &found)?;
            edits.open(into, found);
        }
        let Some(file) = edits.after.get_mut(into) else {
            return Ok(());
        };
        let starts = |at: &usize| *at == 0 || file[..*at].ends_with('\n');
        let mut places = file.match_indices(text).map(|(at, _)| at);
        if let Some(at) = places.find(starts) {
            file.replace_range(at..at + text.len(), "");
        } else if !self.force {
            let lines: Vec<_> = text.lines().map(|line| format!("\n  {line}")).collect();
            let hint = format!(
                "nothing was changed; remove these lines there yourself, then give --force:{}",
                lines.concat()
            );
            let problem = format!("its lines in `{into}` were edited");
            return Err(self.edited(&problem, hint).into());
        }
        Ok(())
    }

    /// Take out the lines that register it; what stays although it should go comes back.
    fn lines(&self, edits: &mut Edits) -> Result<Vec<String>> {
        let Extension { template, spec, .. } = self.extension;
        let editor = Editor::new(template, spec)?;
        let mut warnings = Vec::new();
        for line in editor.lines(self.entry)? {
            if !edits.has(&line.into) {
                let Some(text) = self.extension.read(&line.into)? else {
                    continue;
                };
                unmerged(&line.into, &text)?;
                edits.open(&line.into, text);
            }
            let found = edits.after.get(&line.into);
            if found.is_some_and(|text| text.lines().any(|known| known == line.text)) {
                continue;
            }
            if line.optional {
                warnings.push(format!("its line in `{}` was edited or removed", line.into));
            } else if !self.force {
                let own = line.text.trim();
                let hint = format!(
                    "nothing was changed; remove `{own}` there yourself, then give --force"
                );
                let problem = format!("its line in `{}` was edited", line.into);
                return Err(self.edited(&problem, hint).into());
            }
        }
        editor.unregister(&mut edits.after, self.entry)?;
        Ok(warnings)
    }
}
