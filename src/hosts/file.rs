//! One host's file: what an edit of it would change, decided on its text. Pure.
//!
//! An edit counts only when the new text, read back, says what the old one said and nothing else but the entry.

mod format;

use anyhow::Result;

use super::{
    Host,
    entry::{Entry, INPUTS},
    own,
};
use crate::{
    edit::data::Data,
    error::{Code, Failure},
};

/// What an edit does to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is as it should be.
    Unchanged,
    /// The entry is new.
    Added(String),
    /// The entry was ours, and is brought up to date; what others added to it stays.
    Updated(String),
    /// There was another entry of that name.
    Replaced(String),
    /// The file without the entry; `None` when the file is to be deleted, because `install` created it and it holds nothing else.
    Removed(Option<String>),
    /// The file as it was before the entry came.
    Restored { text: String, backup: usize },
}

/// A file's text, and how its host reads it.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    pub host: &'a Host,
    /// The file's path, for messages.
    pub shown: &'a str,
    /// `None` when there is no file.
    pub text: Option<&'a str>,
}

impl File<'_> {
    /// Whether there is an entry `name`.
    ///
    /// # Errors
    ///
    /// A failure that says where the file cannot be read.
    pub fn has(&self, name: &str) -> Result<bool> {
        Ok(self.entry(name)?.is_some())
    }

    /// The entry `name`, as the file has it.
    pub(super) fn entry(&self, name: &str) -> Result<Option<Data>> {
        let whole = self.read(self.text())?;
        let path = self.place(&whole, name);
        Ok(whole.at(&path).cloned())
    }

    /// The file with `entry` under `name`.
    ///
    /// # Errors
    ///
    /// A failure that says where the file cannot be edited, or a conflict when another entry is there and `force` is not.
    pub fn install(&self, name: &str, entry: &Entry, force: bool) -> Result<Change> {
        let before = self.read(self.text())?;
        let path = self.place(&before, name);
        let known = before.at(&path);
        if let Some(known) = known {
            if own::is_ours(entry, known) {
                return self.update(&before, &path, known, entry);
            }
            if !force {
                let problem = format!("another `{name}` already exists");
                let fix = "give --force to replace the lines marked `-` with those marked `+`";
                return Err(self
                    .conflict(&problem, name, known, &entry.value)
                    .hint(fix)
                    .into());
            }
        }
        let replaced = known.is_some();
        let text = self.with(&before, &path, entry)?;
        Ok(if replaced {
            Change::Replaced(text)
        } else {
            Change::Added(text)
        })
    }

    /// The file with an entry of ours that says what it should, and what was added to it.
    fn update(&self, before: &Data, path: &[&str], known: &Data, entry: &Entry) -> Result<Change> {
        let merged = own::merged(entry, known);
        let mut text = self.text().to_owned();
        for (below, value) in own::differences(known, &merged) {
            let path: Vec<&str> = path
                .iter()
                .copied()
                .chain(below.iter().map(String::as_str))
                .collect();
            text = self.put(&text, &path, &value)?;
        }
        let expected = before.clone().with(path, Some(merged));
        let text = self.with_inputs(text, expected, &entry.inputs)?;
        Ok(if text == self.text() {
            Change::Unchanged
        } else {
            Change::Updated(text)
        })
    }

    /// The file without the entry `name`; `backups` are older texts of the file, the latest first.
    ///
    /// # Errors
    ///
    /// See [`File::install`]; a conflict when the entry is none of `ours` and `force` is not given.
    pub fn uninstall(
        &self,
        name: &str,
        ours: &[Entry],
        backups: &[String],
        force: bool,
    ) -> Result<Change> {
        let before = self.read(self.text())?;
        let path = self.place(&before, name);
        let Some(known) = before.at(&path).cloned() else {
            return Ok(Change::Unchanged);
        };
        let mine = ours.iter().find(|ours| own::is_ours(ours, &known));
        if let (None, Some(ours), false) = (mine, ours.first(), force) {
            let problem =
                format!("`{name}` does not belong to this project, whose entry is marked `+`");
            let fix = "give --force to remove it anyway";
            return Err(self
                .conflict(&problem, name, &known, &ours.value)
                .hint(fix)
                .into());
        }
        let inputs = mine.map_or(Vec::new(), |mine| mine.inputs.clone());
        let entry = Entry::found(known, inputs);
        if let Some(restored) = self.restored(&path, &entry, backups) {
            return Ok(restored);
        }
        let text = self.without(&before, &path, &entry)?;
        Ok(Change::Removed(Some(text)))
    }

    /// The state from which installing `entry` gives this file, if there is a trace of it.
    fn restored(&self, path: &[&str], entry: &Entry, backups: &[String]) -> Option<Change> {
        let gives_this = |older: Option<&str>| {
            let older = File {
                host: self.host,
                shown: self.shown,
                text: older,
            };
            let before = older.read(older.text()).ok()?;
            before.at(path).is_none().then_some(())?;
            let text = older.with(&before, path, entry).ok()?;
            (text == self.text()).then_some(())
        };
        let backup = backups
            .iter()
            .position(|text| gives_this(Some(text)).is_some());
        if let Some(backup) = backup {
            let text = backups[backup].clone();
            return Some(Change::Restored { text, backup });
        }
        gives_this(None).map(|()| Change::Removed(None))
    }

    fn with(&self, before: &Data, path: &[&str], entry: &Entry) -> Result<String> {
        let text = self.set(self.text(), path, &entry.value)?;
        let expected = before.clone().with(path, Some(entry.value.clone()));
        self.with_inputs(text, expected, &entry.inputs)
    }

    /// `text` with what the host asks for, if it says what is expected then.
    fn with_inputs(&self, mut text: String, mut expected: Data, inputs: &[Data]) -> Result<String> {
        for input in inputs {
            let mut inputs = list(&expected, INPUTS);
            if inputs
                .iter()
                .any(|known| known.at(&["id"]) == input.at(&["id"]))
            {
                continue;
            }
            text = self.push(&text, input)?;
            inputs.push(input.clone());
            expected = expected.with(&[INPUTS], Some(Data::List(inputs)));
        }
        self.verify(&text, expected)?;
        Ok(text)
    }

    fn without(&self, before: &Data, path: &[&str], entry: &Entry) -> Result<String> {
        let mut text = self.cut(self.text(), path)?;
        let mut expected = before.clone().with(path, None);
        for input in &entry.inputs {
            let id = input.at(&["id"]).cloned();
            let used = match &id {
                Some(Data::Text(id)) => text.contains(&format!("${{input:{id}}}")),
                _ => false,
            };
            let mut inputs = list(&expected, INPUTS);
            let Some(at) = inputs
                .iter()
                .rposition(|known| known == input)
                .filter(|_| !used)
            else {
                continue;
            };
            text = self.pull(&text, input)?;
            inputs.remove(at);
            let rest = (!inputs.is_empty()).then_some(Data::List(inputs));
            expected = expected.with(&[INPUTS], rest);
        }
        self.verify(&text, expected)?;
        Ok(text)
    }

    /// A list without servers says the same as none: a format may not tell them apart.
    fn without_empty(&self, data: Data) -> Data {
        match data.at(self.host.servers) {
            Some(Data::Map(pairs)) if pairs.is_empty() => data.with(self.host.servers, None),
            _ => data,
        }
    }

    /// Refuse a text that does not say what it should: a bug of ours must not cost anybody a file.
    fn verify(&self, text: &str, expected: Data) -> Result<()> {
        let comparable = |data| self.without_empty(data).sorted();
        let found = self.read(text).map(comparable);
        if found.is_ok_and(|found| found == comparable(expected)) {
            return Ok(());
        }
        let shown = self.shown;
        Err(Failure::failed(format!(
            "cannot edit `{shown}` without changing other things in it"
        ))
        .hint("nothing was written; see `create-mcp-server install --print`, and edit it yourself")
        .into())
    }

    fn text(&self) -> &str {
        self.text.unwrap_or_default()
    }

    /// The keys of the entry `name`.
    fn place<'a>(&self, whole: &Data, name: &'a str) -> Vec<&'a str> {
        let mut path: Vec<&str> = self.host.servers.to_vec();
        // opencode's second layout has a level more.
        let nested = whole.at(&[self.host.servers[0], "servers"]);
        let is_level = |data: &Data| matches!(data, Data::Map(_)) && data.at(&["type"]).is_none();
        if self.host.servers == ["mcp"] && nested.is_some_and(is_level) {
            path.push("servers");
        }
        path.push(name);
        path
    }

    fn conflict(&self, problem: &str, name: &str, known: &Data, ours: &Data) -> Failure {
        let lines = |data: &Data| format!("{}\n", self.snippet(name, data));
        let difference = crate::edit::diff(&lines(known), &lines(ours));
        let shown = self.shown;
        let difference = difference.trim_end();
        Failure::new(
            Code::Conflict,
            format!("cannot edit `{shown}`: {problem}\n{difference}"),
        )
    }

    /// An entry as the host's file writes it.
    #[must_use]
    pub fn snippet(&self, name: &str, value: &Data) -> String {
        let mut path: Vec<&str> = self.host.servers.to_vec();
        path.push(name);
        format::snippet(self.host, &path, value)
    }
}

/// All of `entry` as a file of `host` of its own.
#[must_use]
pub fn example(host: &Host, name: &str, entry: &Entry) -> String {
    let file = File {
        host,
        shown: "",
        text: None,
    };
    match file.install(name, entry, false) {
        Ok(Change::Added(text)) => text.trim_end().to_owned(),
        _ => file.snippet(name, &entry.value),
    }
}

fn list(data: &Data, key: &str) -> Vec<Data> {
    match data.at(&[key]) {
        Some(Data::List(items)) => items.clone(),
        _ => Vec::new(),
    }
}
