//! The only code that writes files of projects and of hosts.
//!
//! A new directory is built beside its final place and renamed into it in one step. Changes inside an existing
//! directory are staged there and moved in one by one under a journal, so that an error, Ctrl-C or a kill at any point
//! can be undone: at once, or by the next run. A host's file is replaced in one step: see [`rewrite()`].

mod fs;
mod journal;
mod rewrite;
mod stage;

use std::{collections::BTreeSet, io, path::Path};

use anyhow::{Context as _, Result};

pub use fs::{Disk, Fs};
use journal::Journal;
pub use rewrite::{Ending, Rewrite, rewrite};
use stage::Stage;

use crate::{
    error::Failure,
    plan::{Change, Expect, Place, Plan, sha256},
    read,
};

/// Whether the user wants to stop; asked between operations.
pub type Interrupted<'a> = &'a dyn Fn() -> bool;

/// Write `plan`, or leave everything as it was.
///
/// # Errors
///
/// Fails when the disk does not look as the plan expects, when an operation fails, or once `interrupted` says yes. In
/// each case nothing has changed, or the message names what could not be undone.
pub fn apply(plan: &Plan, fs: &dyn Fs, interrupted: Interrupted<'_>) -> Result<()> {
    match plan.place {
        Place::New => apply_beside(plan, fs, interrupted),
        Place::Existing => apply_inside(plan, fs, interrupted),
    }
}

/// Undo what a killed run left half done inside `root`; says whether there was something to undo.
///
/// # Errors
///
/// Fails when another run is at work there, when what is there was not left by a run of this user's, or when an operation
/// fails (the next run can try again).
pub fn recover(root: &Path, fs: &dyn Fs) -> Result<bool> {
    if !stage::there(&stage::place_inside(root)) {
        return Ok(false);
    }
    let stage = Stage::inside(root, fs)?;
    let undone = Journal::load(&stage)?.is_some_and(|journal| !journal.is_empty());
    stage.undo_leftovers(root)?;
    stage.close()?;
    Ok(undone)
}

/// Build the whole tree beside `plan.root`, then rename it into place.
fn apply_beside(plan: &Plan, fs: &dyn Fs, interrupted: Interrupted<'_>) -> Result<()> {
    let parents = Parents::create(&plan.root, fs)?;
    let outcome = (|| {
        let stage = Stage::beside(&plan.root, fs).with_context(|| cannot_create(&plan.root))?;
        let built = build(plan, &stage, fs, interrupted).and_then(|()| {
            let target = plan.root.display();
            fs.rename(&stage.new_tree(), &plan.root).map_err(|error| {
                if plan.root.symlink_metadata().is_ok() {
                    anyhow::Error::from(appeared(&plan.root))
                } else {
                    anyhow::Error::from(error).context(format!("cannot create `{target}`"))
                }
            })
        });
        close(stage, built)
    })();
    if outcome.is_err() {
        parents.remove(fs);
    }
    outcome
}

fn build(plan: &Plan, stage: &Stage<'_>, fs: &dyn Fs, interrupted: Interrupted<'_>) -> Result<()> {
    let tree = stage.new_tree();
    fs.create_dir(&tree).with_context(|| cannot_create(&tree))?;
    let mut made = BTreeSet::new();
    for change in &plan.changes {
        stop_if(interrupted)?;
        let Some(text) = &change.after else { continue };
        for parent in journal::parents_of(change.path.as_str()) {
            if made.insert(parent) {
                let path = tree.join(parent);
                fs.create_dir(&path).with_context(|| cannot_create(&path))?;
            }
        }
        let path = change.path.below(&tree);
        fs.write(&path, text.as_bytes())
            .with_context(|| cannot_write(&change.path.below(&plan.root)))?;
    }
    stop_if(interrupted)
}

/// Move the changes into the existing directory `plan.root`, under a journal.
fn apply_inside(plan: &Plan, fs: &dyn Fs, interrupted: Interrupted<'_>) -> Result<()> {
    let stage = Stage::inside(&plan.root, fs)?;
    let outcome = stage
        .undo_leftovers(&plan.root)
        .and_then(|()| {
            plan.changes
                .iter()
                .try_for_each(|change| check(change, &plan.root))
        })
        .and_then(|()| move_in(plan, &stage, fs, interrupted));
    let undone = match &outcome {
        Ok(()) => Ok(()),
        Err(_) => stage.undo_leftovers(&plan.root),
    };
    match (outcome, undone) {
        (Err(error), Err(undo)) => {
            Err(error.context(format!("{undo:#}; run the command again to undo it")))
        }
        (outcome, _) => {
            let outcome = close(stage, outcome);
            if outcome.is_ok() {
                remove_empty(plan, fs);
            }
            outcome
        }
    }
}

/// Remove the directories that deletions left empty, as version control does.
fn remove_empty(plan: &Plan, fs: &dyn Fs) {
    let deleted = plan.changes.iter().filter(|it| it.after.is_none());
    for change in deleted {
        let parents: Vec<_> = journal::parents_of(change.path.as_str()).collect();
        for parent in parents.into_iter().rev() {
            let path = plan.root.join(parent);
            let empty = path.read_dir().is_ok_and(|mut it| it.next().is_none());
            if !empty || fs.remove_dir(&path).is_err() {
                break;
            }
        }
    }
}

/// Remove the stage of a run that ended with `outcome`.
fn close<T>(stage: Stage<'_>, outcome: Result<T>) -> Result<T> {
    match (outcome, stage.close()) {
        // Once the files stand, a stage that stays behind is litter and not a failure; the next run removes it.
        (Ok(done), _) => Ok(done),
        (Err(error), Ok(())) => Err(error),
        (Err(error), Err(litter)) => Err(error.context(format!("{litter:#}"))),
    }
}

fn move_in(
    plan: &Plan,
    stage: &Stage<'_>,
    fs: &dyn Fs,
    interrupted: Interrupted<'_>,
) -> Result<()> {
    for (number, change) in plan.changes.iter().enumerate() {
        stop_if(interrupted)?;
        if let Some(text) = &change.after {
            let path = stage.new_file(number);
            fs.write(&path, text.as_bytes())
                .with_context(|| cannot_write(&change.path.below(&plan.root)))?;
        }
    }
    let journal = Journal::of(plan);
    for (number, change) in plan.changes.iter().enumerate() {
        if journal.keeps(number) {
            let path = change.path.below(&plan.root);
            let cannot = || cannot_write(&path);
            let old = read::bytes(&path).with_context(cannot)?;
            fs.write(&stage.old_file(number), &old.unwrap_or_default())
                .with_context(cannot)?;
        }
    }
    journal.save(stage, fs)?;
    for directory in journal.directories() {
        let path = plan.root.join(directory);
        fs.create_dir(&path).with_context(|| cannot_create(&path))?;
    }
    for (number, change) in plan.changes.iter().enumerate() {
        stop_if(interrupted)?;
        let path = change.path.below(&plan.root);
        if let Some(text) = change.after.as_ref().filter(|_| journal.keeps(number)) {
            fs.overwrite(&path, text.as_bytes())
                .with_context(|| cannot_write(&path))?;
            continue;
        }
        if change.before != Expect::Absent {
            fs.rename(&path, &stage.old_file(number))
                .with_context(|| cannot_write(&path))?;
        }
        if change.after.is_some() {
            fs.rename(&stage.new_file(number), &path)
                .with_context(|| cannot_write(&path))?;
        }
    }
    stop_if(interrupted)?;
    stage.commit()
}

/// Refuse when the disk is not as the plan saw it.
fn check(change: &Change, root: &Path) -> Result<()> {
    journal::stay_inside(root, change.path.as_str())?;
    let path = change.path.below(root);
    let found = read::bytes(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    if found.is_none() && stage::there(&path) {
        return Err(appeared(&path).into());
    }
    let found = found.map(|contents| sha256(&contents));
    match (change.before, found) {
        (Expect::Absent, None) => Ok(()),
        (Expect::Absent, Some(_)) => Err(appeared(&path).into()),
        (Expect::Sha256(expected), Some(found)) if expected == found => Ok(()),
        (Expect::Sha256(_), _) => Err(Failure::failed(format!(
            "`{}` changed in the meantime",
            path.display()
        ))
        .hint("nothing was written; run the command again")
        .into()),
    }
}

fn appeared(path: &Path) -> Failure {
    Failure::usage(format!("`{}` already exists", path.display()))
        .hint("nothing was written; choose another directory, or move what is there out of the way")
}

fn stop_if(interrupted: Interrupted<'_>) -> Result<()> {
    if interrupted() {
        return Err(Failure::interrupted().into());
    }
    Ok(())
}

fn cannot_create(path: &Path) -> String {
    format!("cannot create `{}`", path.display())
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write `{}`", path.display())
}

/// The missing ancestors that were created for a new directory.
struct Parents(Vec<std::path::PathBuf>);

impl Parents {
    fn create(root: &Path, fs: &dyn Fs) -> Result<Self> {
        let missing: Vec<_> = root
            .ancestors()
            .skip(1)
            .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
            .map(Path::to_owned)
            .collect();
        let mut created = Self(Vec::new());
        for path in missing.into_iter().rev() {
            match fs.create_dir(&path) {
                Ok(()) => created.0.push(path),
                // Somebody else was quicker.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
                Err(error) => {
                    created.remove(fs);
                    return Err(error).with_context(|| cannot_create(&path));
                }
            }
        }
        Ok(created)
    }

    /// Remove them again, innermost first; one that is no longer empty stays.
    fn remove(&self, fs: &dyn Fs) {
        for path in self.0.iter().rev() {
            let _ = fs.remove_dir(path);
        }
    }
}

/// Whether a run that changes `root` is at work, or was killed there.
#[must_use]
pub fn is_unfinished(root: &Path) -> bool {
    stage::may_be_own(&stage::place_inside(root))
}

/// Whether `name` is that of a directory with unfinished work.
#[must_use]
pub fn is_stage(name: &std::ffi::OsStr) -> bool {
    stage::place_inside(Path::new("")).as_os_str() == name
}
