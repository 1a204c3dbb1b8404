//! Replacing one file that other programs read and write too: it is the old one or the new one at every moment, keeps its
//! owner and its permissions, and what another program wrote in the meantime is never lost.

use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::{Interrupted, Parents, cannot_write, close, fs::Fs, stage::Stage, stop_if};

/// The intended change of one file.
#[derive(Debug)]
pub struct Rewrite {
    /// The file itself, not a link to it.
    pub path: PathBuf,
    /// What it must still hold.
    pub before: Option<String>,
    /// What it will hold; `None` removes it.
    pub after: Option<String>,
    /// Where a copy of it goes first.
    pub backup: Option<PathBuf>,
    /// A copy that is not needed afterwards, since the file is the same again.
    pub obsolete: Option<PathBuf>,
}

/// How a rewrite ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Done,
    /// Another run is at work in that directory.
    Busy,
    /// The file does not hold what it should; nothing was written.
    Changed,
}

/// Perform `rewrite`, or leave everything as it was.
///
/// # Errors
///
/// Fails when an operation fails, or once `interrupted` says yes.
pub fn rewrite(rewrite: &Rewrite, fs: &dyn Fs, interrupted: Interrupted<'_>) -> Result<Ending> {
    let directory = rewrite.path.parent().unwrap_or(Path::new("."));
    let parents = Parents::create(&rewrite.path, fs)?;
    let outcome = (|| {
        let stage = match Stage::inside_if_free(directory, fs) {
            Ok(Some(stage)) => stage,
            Ok(None) => return Ok(Ending::Busy),
            // A run that removed the last file has just removed the directory too.
            Err(_) if !directory.exists() => return Ok(Ending::Busy),
            Err(error) => return Err(error),
        };
        let ending = stage
            .undo_leftovers(directory)
            .and_then(|()| put(rewrite, &stage, fs, interrupted));
        close(stage, ending)
    })();
    if !matches!(outcome, Ok(Ending::Done)) {
        parents.remove(fs);
    }
    outcome
}

fn put(
    rewrite: &Rewrite,
    stage: &Stage<'_>,
    fs: &dyn Fs,
    interrupted: Interrupted<'_>,
) -> Result<Ending> {
    let path = &rewrite.path;
    if read(path)? != rewrite.before {
        return Ok(Ending::Changed);
    }
    let like = rewrite.before.as_ref().map(|_| path.as_path());
    if let Some(after) = &rewrite.after {
        fs.write_like(&stage.new_file(0), after.as_bytes(), like)
            .with_context(|| cannot_write(path))?;
    }
    stop_if(interrupted)?;
    if let (Some(backup), Some(before)) = (&rewrite.backup, &rewrite.before) {
        let copy = stage.old_file(0);
        fs.write_like(&copy, before.as_bytes(), like)
            .and_then(|()| fs.rename(&copy, backup))
            .with_context(|| cannot_write(backup))?;
    }
    let ending = stop_if(interrupted).and_then(|()| swap(rewrite, stage, fs));
    if matches!(ending, Ok(Ending::Done)) {
        if let Some(obsolete) = &rewrite.obsolete {
            let _ = fs.remove_file(obsolete);
        }
    } else if let Some(backup) = &rewrite.backup {
        let _ = fs.remove_file(backup);
    }
    ending
}

/// The one step that others see.
fn swap(rewrite: &Rewrite, stage: &Stage<'_>, fs: &dyn Fs) -> Result<Ending> {
    let path = &rewrite.path;
    // As late as possible: the host itself knows nothing of our lock.
    if read(path)? != rewrite.before {
        return Ok(Ending::Changed);
    }
    let new = stage.new_file(0);
    let done = match (&rewrite.before, &rewrite.after) {
        (Some(_), Some(_)) => fs.replace(&new, path),
        (None, Some(_)) => match fs.rename(&new, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Ok(Ending::Changed);
            }
            outcome => outcome,
        },
        (Some(_), None) => fs.remove_file(path),
        (None, None) => Ok(()),
    };
    done.with_context(|| cannot_write(path))?;
    Ok(Ending::Done)
}

/// What the file holds now; `None` when there is none.
fn read(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        outcome => outcome
            .map(Some)
            .with_context(|| format!("cannot read `{}`", path.display())),
    }
}
