//! Files of a project as they are and as they are to be. Pure.

use anyhow::Result;

use crate::{
    plan::{Change, Expect, RelPath, sha256},
    template::compose::Tree,
};

/// Files as they are and as they are to be.
#[derive(Debug, Default)]
pub struct Edits {
    before: Tree,
    pub after: Tree,
    deleted: Vec<String>,
}

impl Edits {
    pub fn create(&mut self, path: String, text: String) {
        self.after.insert(path, text);
    }

    /// A file that is there, to be edited in `after`.
    pub fn open(&mut self, path: &str, text: String) {
        self.before.insert(path.to_owned(), text.clone());
        self.after.entry(path.to_owned()).or_insert(text);
    }

    pub fn has(&self, path: &str) -> bool {
        self.after.contains_key(path)
    }

    pub fn delete(&mut self, path: String, text: String) {
        self.before.insert(path.clone(), text);
        self.deleted.push(path);
    }

    /// Every edit that changes something, by path.
    pub fn changes(self) -> Result<Vec<Change>> {
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
