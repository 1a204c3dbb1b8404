//! The directory that holds unfinished work: staged files, originals and the journal, under a lock.

use std::{
    fs::{File, Metadata, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::{fs::Fs, journal::Journal};
use crate::error::Failure;

const PREFIX: &str = ".create-mcp-server-";
const LOCK: &str = "lock";
const SEAL: &str = "seal";
const JOURNAL: &str = "journal.json";

/// A stage that this run owns. Dropping it leaves the directory; [`Stage::close`] removes it.
pub struct Stage<'a> {
    path: PathBuf,
    fs: &'a dyn Fs,
    lock: Option<File>,
}

/// Where the stage of changes inside `root` is. No stage of a new directory has this name.
pub fn place_inside(root: &Path) -> PathBuf {
    root.join(format!("{PREFIX}stage"))
}

impl<'a> Stage<'a> {
    /// The stage for changes inside the directory `root`.
    pub fn inside(root: &Path, fs: &'a dyn Fs) -> Result<Self> {
        let path = place_inside(root);
        Self::open(&path, fs)?.ok_or_else(|| locked(&path).into())
    }

    /// The same, or `None` while another run has it.
    pub fn inside_if_free(root: &Path, fs: &'a dyn Fs) -> Result<Option<Self>> {
        Self::open(&place_inside(root), fs)
    }

    /// The stage for the new directory `root`, on the same file system; what a killed run left there is removed.
    pub fn beside(root: &Path, fs: &'a dyn Fs) -> Result<Self> {
        let name = root.file_name().unwrap_or_default().to_string_lossy();
        let path = root.with_file_name(format!("{PREFIX}new-{name}"));
        let stage = Self::open(&path, fs)?.ok_or_else(|| locked(&path))?;
        stage.clear()?;
        Ok(stage)
    }

    fn open(path: &Path, fs: &'a dyn Fs) -> Result<Option<Self>> {
        let shown = path.display().to_string();
        let created = match fs.create_private_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            outcome => outcome
                .with_context(|| format!("cannot create `{shown}`"))
                .map(|()| true)?,
        };
        let place = path.join(LOCK);
        if !created {
            refuse_foreign(path)?;
        }
        let file = match lock(&place) {
            Ok(Some(file)) => file,
            Ok(None) => return Ok(None),
            // A run that had it has just removed it, perhaps the directory that this one made.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                // Without the lock nothing may go that was there before.
                if created {
                    let _ = fs.remove_dir(path);
                }
                return Err(error).with_context(|| format!("cannot lock `{shown}`"));
            }
        };
        let stage = Self {
            path: path.to_owned(),
            fs,
            lock: Some(file),
        };
        match stage.seal() {
            Ok(()) => Ok(Some(stage)),
            Err(error) => {
                if created {
                    let _ = stage.close();
                }
                Err(error)
            }
        }
    }

    /// Seal an empty stage; refuse one whose seal is not that of its lock: a copy, as archives and clones bring them.
    fn seal(&self) -> Result<()> {
        let cannot = || format!("cannot lock `{}`", self.path.display());
        let lock = self.lock.as_ref().map(File::metadata).transpose();
        let seal = lock
            .with_context(cannot)?
            .map_or_else(String::new, |it| seal_of(&it));
        let place = self.path.join(SEAL);
        let known = crate::read::text(&place).unwrap_or_default();
        if known.as_ref() == Some(&seal) {
            return Ok(());
        }
        let entries = self.path.read_dir().with_context(cannot)?;
        let names = entries.map(|entry| entry.map(|it| it.file_name()));
        let names: Vec<_> = names.collect::<io::Result<_>>().with_context(cannot)?;
        if names.iter().any(|name| name != LOCK && name != SEAL) {
            return Err(foreign(&self.path, "it was not created by this program").into());
        }
        if there(&place) {
            self.fs.remove_file(&place).with_context(cannot)?;
        }
        self.fs.write(&place, seal.as_bytes()).with_context(cannot)
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
        // What stays is reported when the stage is closed.
        let _ = self.clear();
        Ok(())
    }

    /// Remove everything but the lock and its seal.
    fn clear(&self) -> Result<()> {
        for entry in self.path.read_dir().into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_name() == LOCK || entry.file_name() == SEAL {
                continue;
            }
            if is(&path, Metadata::is_dir) {
                self.fs.remove_tree(&path)
            } else {
                self.fs.remove_file(&path)
            }
            .with_context(|| format!("cannot remove `{}`", path.display()))?;
        }
        Ok(())
    }

    /// Remove the stage.
    pub fn close(mut self) -> Result<()> {
        // All else goes while the lock is held: what the next run writes here is not ours to remove.
        self.clear()?;
        let seal = self.path.join(SEAL);
        if there(&seal) {
            self.fs
                .remove_file(&seal)
                .with_context(|| format!("cannot remove `{}`", seal.display()))?;
        }
        if cfg!(windows) {
            self.unlock();
        }
        self.fs
            .remove_file(&self.path.join(LOCK))
            .and_then(|()| self.fs.remove_dir(&self.path))
            .or_else(|error| match error.kind() {
                // Another run has it by now.
                io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty => Ok(()),
                _ => Err(error),
            })
            .with_context(|| format!("cannot remove `{}`", self.path.display()))
    }

    fn unlock(&mut self) {
        if let Some(file) = self.lock.take() {
            // Closing it is not enough while a process that was just forked has it open too.
            let _ = file.unlock();
        }
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        self.unlock();
    }
}

fn locked(path: &Path) -> Failure {
    let shown = path.display();
    Failure::failed(format!("another run is writing there: `{shown}` is locked"))
        .hint("nothing was written; wait until it has finished, then run the command again")
}

/// The lock at `path`, or `None` while another run has it.
fn lock(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt as _;
        /// `FILE_SHARE_READ | FILE_SHARE_WRITE`: others may open it, and not remove it.
        const NO_REMOVAL: u32 = 3;
        options.share_mode(NO_REMOVAL);
    }
    let file = options.open(path)?;
    match file.try_lock() {
        // The run that had it before may have removed it between our two calls.
        Ok(()) => Ok(is_at(&file, path).then_some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        // No locks on this file system: two runs at once are then the user's to avoid.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
            Ok(Some(file))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// What no copy of a stage has in common with it: nothing that unpacks files chooses their numbers, or the time at which the
/// system last changed their status. Nothing changes that of a lock, which stays empty.
#[cfg(unix)]
fn seal_of(lock: &Metadata) -> String {
    use std::os::unix::fs::MetadataExt as _;
    format!("{} {}.{:09}", lock.ino(), lock.ctime(), lock.ctime_nsec())
}

/// What a copy of a stage does not have in common with it: when its lock was created.
#[cfg(not(unix))]
fn seal_of(lock: &Metadata) -> String {
    format!("{:?}", lock.created().ok())
}

/// Refuse a stage that a run of this user's cannot have made.
fn refuse_foreign(path: &Path) -> Result<()> {
    // Another run may remove both while this one looks, so each is looked at once. A link could lead to anything of the user's.
    let is_other = |path: &Path, kind: fn(&Metadata) -> bool| is(path, |found| !kind(found));
    if is_other(path, Metadata::is_dir) || is_other(&path.join(LOCK), Metadata::is_file) {
        return Err(foreign(path, "it is not a directory of this program").into());
    }
    #[cfg(unix)]
    if let Ok(found) = path.symlink_metadata() {
        use std::os::unix::fs::PermissionsExt as _;
        if !crate::owner::is_own(&found) {
            let owner = crate::owner::name(&found);
            return Err(foreign(path, &format!("it belongs to `{owner}`")).into());
        }
        if found.permissions().mode() & 0o077 != 0 {
            return Err(foreign(path, "other users have access to it").into());
        }
    }
    Ok(())
}

/// Whether a run of this user's may have made what is at `path`.
pub fn may_be_own(path: &Path) -> bool {
    there(path) && refuse_foreign(path).is_ok()
}

fn foreign(path: &Path, problem: &str) -> Failure {
    Failure::usage(format!("`{}` is in the way: {problem}", path.display())).hint(
        "nothing was written; delete it, but if a run of yours was killed there, move its `old-…` files back first",
    )
}

/// Whether `file` is what lies at `path`.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |found: io::Result<Metadata>| found.map(|found| (found.dev(), found.ino())).ok();
    id(file.metadata()) == id(path.symlink_metadata())
}

/// The file cannot be removed while it is open.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

/// Whether anything is at `path`, be it a link to nowhere.
pub fn there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn is(path: &Path, kind: impl Fn(&Metadata) -> bool) -> bool {
    path.symlink_metadata().is_ok_and(|found| kind(&found))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_was_removed_or_replaced_is_not_at_its_place() {
        let directory = tempfile::TempDir::new().expect("temporary directory");
        let path = directory.path().join(LOCK);
        let file = lock(&path).expect("locks").expect("nobody has it");
        assert!(is_at(&file, &path));
        std::fs::remove_file(&path).expect("remove the file");
        assert!(!is_at(&file, &path));
        let other = lock(&path).expect("locks").expect("nobody has it");
        assert!(is_at(&other, &path) && !is_at(&file, &path));
        assert!(lock(&path).expect("opens").is_none());
    }
}
