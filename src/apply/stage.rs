//! The directory that holds unfinished work: staged files, originals and the journal, under a lock.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::{fs::Fs, journal::Journal};
use crate::error::Failure;

const PREFIX: &str = ".create-mcp-server-";
const LOCK: &str = "lock";
const JOURNAL: &str = "journal.json";

/// A stage that this run owns. Dropping it leaves the directory; [`Stage::close`] removes it.
pub struct Stage<'a> {
    path: PathBuf,
    fs: &'a dyn Fs,
    lock: Option<File>,
}

/// Where the stage of changes inside `root` lies.
pub fn place_inside(root: &Path) -> PathBuf {
    root.join(format!("{PREFIX}stage"))
}

impl<'a> Stage<'a> {
    /// The stage for changes inside the directory `root`.
    pub fn inside(root: &Path, fs: &'a dyn Fs) -> Result<Self> {
        Self::open(place_inside(root), fs)
    }

    /// The stage for the new directory `root`, on the same file system; what a killed run left there is removed.
    pub fn beside(root: &Path, fs: &'a dyn Fs) -> Result<Self> {
        let name = root.file_name().unwrap_or_default().to_string_lossy();
        let stage = Self::open(root.with_file_name(format!("{PREFIX}{name}")), fs)?;
        let leftover = stage.new_tree();
        if leftover.exists()
            && let Err(error) = fs.remove_tree(&leftover)
        {
            stage.close()?;
            return Err(error).with_context(|| format!("cannot remove `{}`", leftover.display()));
        }
        Ok(stage)
    }

    fn open(path: PathBuf, fs: &'a dyn Fs) -> Result<Self> {
        let shown = path.display().to_string();
        match fs.create_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            outcome => outcome.with_context(|| format!("cannot create `{shown}`"))?,
        }
        let stage = Self {
            lock: None,
            path,
            fs,
        };
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(stage.path.join(LOCK));
        let locked = lock.and_then(|file| match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            // No locks on this file system: two runs at once are then the user's to avoid.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                Ok(Some(file))
            }
            Err(TryLockError::Error(error)) => Err(error),
        });
        match locked {
            Ok(Some(file)) => Ok(Self {
                lock: Some(file),
                ..stage
            }),
            Ok(None) => Err(Failure::failed(format!(
                "another run is writing there: `{shown}` is locked"
            ))
            .hint("nothing was written; wait until it has ended, then run the command again")
            .into()),
            Err(error) => {
                stage.close()?;
                Err(error).with_context(|| format!("cannot lock `{shown}`"))
            }
        }
    }

    /// The directory in which a new project is built.
    pub fn new_tree(&self) -> PathBuf {
        self.path.join("new")
    }

    /// The staged contents of change `number`.
    pub fn new_file(&self, number: usize) -> PathBuf {
        self.path.join(format!("new-{number}"))
    }

    /// The original that change `number` moved aside.
    pub fn old_file(&self, number: usize) -> PathBuf {
        self.path.join(format!("old-{number}"))
    }

    pub fn journal(&self) -> PathBuf {
        self.path.join(JOURNAL)
    }

    /// Declare the changes done: from here on they are not undone any more.
    pub fn commit(&self) -> Result<()> {
        self.fs
            .remove_file(&self.journal())
            .with_context(|| format!("cannot remove `{}`", self.journal().display()))
    }

    /// Put back what the journal in this stage says was moved.
    pub fn undo_leftovers(&self, root: &Path) -> Result<()> {
        if let Some(journal) = Journal::load(self)? {
            journal.undo(root, self, self.fs)?;
            self.commit()?;
        }
        for entry in self.path.read_dir().into_iter().flatten().flatten() {
            let name = entry.file_name();
            if name != LOCK {
                let _ = self.fs.remove_file(&entry.path());
            }
        }
        Ok(())
    }

    /// Remove the stage.
    pub fn close(mut self) -> Result<()> {
        // Windows does not remove a directory with an open file in it.
        drop(self.lock.take());
        self.fs
            .remove_tree(&self.path)
            .with_context(|| format!("cannot remove `{}`", self.path.display()))
    }
}
