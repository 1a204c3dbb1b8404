//! What a run is about to move, written down before the first move, so that a later run can put it back.

use std::{collections::BTreeSet, io, path::Path};

use anyhow::{Context as _, Result, anyhow, bail};
use serde::{Deserialize, Serialize};

use super::{
    fs::Fs,
    stage::{Stage, there},
};
use crate::{
    error::Failure,
    plan::{Expect, Plan, RelPath, hex, sha256},
    read,
};

#[derive(Debug, Serialize, Deserialize)]
pub struct Journal {
    /// Directories that did not exist, outermost first.
    directories: Vec<String>,
    changes: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    path: String,
    /// Whether there was a file, which is moved aside.
    had: bool,
    /// Whether it is a link, or one name of several: then it gets other contents and stays itself, and what is aside is a copy.
    #[serde(default)]
    linked: bool,
    /// SHA-256 of what is put there.
    new: Option<String>,
}

impl Journal {
    /// The journal of a plan that is about to be applied inside its existing root.
    pub fn of(plan: &Plan) -> Self {
        let mut directories = BTreeSet::new();
        let mut changes = Vec::new();
        for change in &plan.changes {
            let path = change.path.as_str();
            let missing = parents_of(path).filter(|parent| !plan.root.join(parent).exists());
            directories.extend(missing.map(str::to_owned));
            let had = change.before != Expect::Absent;
            changes.push(Entry {
                path: path.to_owned(),
                had,
                linked: had && change.after.is_some() && is_linked(&change.path.below(&plan.root)),
                new: change
                    .after
                    .as_ref()
                    .map(|text| hex(&sha256(text.as_bytes()))),
            });
        }
        Self {
            directories: directories.into_iter().collect(),
            changes,
        }
    }

    pub fn directories(&self) -> impl Iterator<Item = &str> {
        self.directories.iter().map(String::as_str)
    }

    /// Whether the file of change `number` stays itself, with other contents.
    pub fn keeps(&self, number: usize) -> bool {
        self.changes.get(number).is_some_and(|entry| entry.linked)
    }

    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub fn save(&self, stage: &Stage<'_>, fs: &dyn Fs) -> Result<()> {
        let text = serde_json::to_vec(self).context("cannot write the journal")?;
        // A journal that is there is whole: it gets its name only when it has been written.
        let draft = stage.journal().with_extension("draft");
        fs.write(&draft, &text)
            .and_then(|()| fs.rename(&draft, &stage.journal()))
            .with_context(|| format!("cannot write `{}`", stage.journal().display()))
    }

    /// The journal in `stage`; `None` when no move had begun.
    pub fn load(stage: &Stage<'_>) -> Result<Option<Self>> {
        let path = stage.journal();
        let text = match std::fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            outcome => outcome.with_context(|| format!("cannot read `{}`", path.display()))?,
        };
        let journal: Self = serde_json::from_slice(&text).map_err(|error| {
            Failure::failed(format!("cannot read `{}`: {error}", path.display()))
                .hint("move the `old-…` files beside it back by hand, then remove that directory")
        })?;
        for entry in &journal.changes {
            RelPath::new(&entry.path)?;
        }
        for directory in &journal.directories {
            RelPath::new(directory)?;
        }
        Ok(Some(journal))
    }

    /// Put everything back, the last change first.
    ///
    /// # Errors
    ///
    /// Fails at the first file that cannot be put back; what is left can be undone by trying again.
    pub fn undo(&self, root: &Path, stage: &Stage<'_>, fs: &dyn Fs) -> Result<()> {
        let entries = self.changes.iter().map(|entry| entry.path.as_str());
        // The journal may be a stranger's.
        entries
            .chain(self.directories())
            .try_for_each(|path| stay_inside(root, path))?;
        for (number, entry) in self.changes.iter().enumerate().rev() {
            let path = root.join(&entry.path);
            let old = stage.old_file(number);
            let cannot = || format!("cannot undo the change of `{}`", path.display());
            if entry.had && !there(&old) {
                // Not moved yet, or back already.
                continue;
            }
            if entry.linked {
                restore(&path, &old, &stage.new_file(number), fs)?;
                continue;
            }
            let moved_in = entry.new.is_some() && !there(&stage.new_file(number));
            if moved_in && there(&path) {
                let found = read::bytes(&path).with_context(cannot)?;
                let found = found.map(|bytes| hex(&sha256(&bytes)));
                if entry.new == found {
                    fs.remove_file(&path).with_context(cannot)?;
                } else if entry.had {
                    return Err(edited(&path, &old));
                }
            }
            if entry.had {
                fs.rename(&old, &path).with_context(cannot)?;
            }
        }
        for directory in self.directories.iter().rev() {
            let path = root.join(directory);
            if path.is_dir()
                && path
                    .read_dir()
                    .is_ok_and(|mut entries| entries.next().is_none())
            {
                fs.remove_dir(&path)
                    .with_context(|| format!("cannot remove `{}`", path.display()))?;
            }
        }
        Ok(())
    }
}

/// Give a file that stayed itself its contents again.
fn restore(path: &Path, old: &Path, new: &Path, fs: &dyn Fs) -> Result<()> {
    let cannot = || format!("cannot undo the change of `{}`", path.display());
    let read = |path: &Path| read::bytes(path).map(Option::unwrap_or_default);
    let found = read(path).with_context(cannot)?;
    let (before, after) = (
        read(old).with_context(cannot)?,
        read(new).with_context(cannot)?,
    );
    if found == before {
        return Ok(());
    }
    // What was killed while it wrote left a part.
    if !after.starts_with(&found) && !before.starts_with(&found) {
        return Err(edited(path, old));
    }
    fs.overwrite(path, &before).with_context(cannot)
}

fn edited(path: &Path, old: &Path) -> anyhow::Error {
    let (path, old) = (path.display(), old.display());
    anyhow!("`{path}` was edited in the meantime; its original is `{old}`")
}

/// Whether the file at `path` is a link, or has other names.
fn is_linked(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| {
        #[cfg(unix)]
        if std::os::unix::fs::MetadataExt::nlink(&found) > 1 {
            return true;
        }
        found.is_symlink()
    })
}

/// Refuse a path that leads out of `root` through a link.
pub fn stay_inside(root: &Path, path: &str) -> Result<()> {
    match parents_of(path).find(|parent| root.join(parent).is_symlink()) {
        Some(link) => bail!("cannot change `{path}`: `{link}` is a symbolic link"),
        None => Ok(()),
    }
}

/// The directories above a path in a project, outermost first.
pub fn parents_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}
