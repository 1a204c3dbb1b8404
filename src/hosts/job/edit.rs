//! One host's file, edited where it lies: decided on what it holds, and decided anew when that changes meanwhile.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use anyhow::Result;

use super::{Done, Wish};
use crate::{
    apply::{self, Ending, Fs, Interrupted, Rewrite},
    error::Failure,
    hosts::{
        Host,
        file::{Change, File},
        place::{Place, backups, free_backup, read, stamp},
    },
};

/// How long to wait for other programs that write to the same file.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn perform(
    host: &Host,
    place: &Place,
    wish: Wish<'_>,
    fs: &dyn Fs,
    interrupted: Interrupted<'_>,
) -> Result<Done> {
    let began = Instant::now();
    loop {
        let (change, before, backups) = decide(host, place, wish)?;
        let (after, obsolete) = match &change {
            Change::Unchanged => {
                // What a killed run left there goes, unless another run is at work.
                let directory = place.file.parent();
                drop(directory.map(|directory| apply::recover(directory, fs)));
                return Ok(Done {
                    change,
                    backup: None,
                });
            }
            Change::Added(text) | Change::Updated(text) | Change::Replaced(text) => {
                (Some(text.clone()), None)
            }
            Change::Removed(text) => (text.clone(), None),
            Change::Restored { text, backup } => {
                (Some(text.clone()), backups.into_iter().nth(*backup))
            }
        };
        let keep = before.is_some() && after.is_some() && obsolete.is_none();
        let backup = keep.then(|| free_backup(&place.file, &stamp(SystemTime::now())));
        let rewrite = Rewrite {
            path: place.file.clone(),
            before,
            after,
            backup: backup.clone(),
            obsolete,
        };
        match apply::rewrite(&rewrite, fs, interrupted)? {
            Ending::Done => return Ok(Done { change, backup }),
            Ending::Busy | Ending::Changed if began.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Ending::Busy | Ending::Changed => {
                let shown = place.path.display();
                return Err(
                    Failure::failed(format!("another program keeps writing `{shown}`"))
                        .hint("nothing was written; close it, then run the command again")
                        .into(),
                );
            }
        }
    }
}

type Decided = (Change, Option<String>, Vec<PathBuf>);

/// What to change in a file, what it holds, and the paths of its older copies, the latest first.
pub(super) fn decide(host: &Host, place: &Place, wish: Wish<'_>) -> Result<Decided> {
    let before = read(&place.path, &place.file)?;
    let shown = place.path.display().to_string();
    let file = File {
        host,
        shown: &shown,
        text: before.as_deref(),
    };
    if !wish.remove {
        let change = match wish.entries.first() {
            Some(entry) => file.install(wish.name, entry, wish.force)?,
            None => Change::Unchanged,
        };
        return Ok((change, before, Vec::new()));
    }
    if before.is_none() {
        return Ok((Change::Unchanged, before, Vec::new()));
    }
    let copies = backups(&place.file).into_iter();
    let (backups, texts): (Vec<_>, Vec<_>) = copies
        .filter_map(|path| Some((path.clone(), read(&path, &path).ok().flatten()?)))
        .unzip();
    let change = file.uninstall(wish.name, wish.entries, &texts, wish.force)?;
    Ok((change, before, backups))
}

/// Whether a file has an entry `name`, as far as it can be read.
pub(super) fn may_have(host: &Host, path: &Path, name: &str) -> bool {
    let Ok(text) = read(path, path) else {
        return true;
    };
    let file = File {
        host,
        shown: "",
        text: text.as_deref(),
    };
    file.has(name).unwrap_or(true)
}
