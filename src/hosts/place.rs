//! One host's file on this machine: where it really is, what it holds, and older copies of it.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context as _, Result};

use crate::error::Failure;

/// A host's file on this machine.
#[derive(Debug, Clone)]
pub struct Place {
    /// As the host finds it.
    pub path: PathBuf,
    /// The file itself, behind links.
    pub(super) file: PathBuf,
}

impl Place {
    pub(super) fn find(path: PathBuf) -> Result<Self> {
        let shown = path.display();
        let there = path.symlink_metadata().is_ok();
        let nearest = path.ancestors().find(|path| path.exists());
        let nearest = nearest.with_context(|| format!("cannot find `{shown}`"))?;
        if there && nearest != path {
            return Err(Failure::failed(format!("`{shown}` is a broken link"))
                .hint("nothing was written; repair or remove the link")
                .into());
        }
        let real = nearest
            .canonicalize()
            .with_context(|| format!("cannot find `{shown}`"))?;
        let file = match path.strip_prefix(nearest) {
            Ok(rest) if rest.as_os_str().is_empty() => real,
            Ok(rest) => real.join(rest),
            Err(_) => path.clone(),
        };
        Ok(Self { path, file })
    }
}

/// Largest file that is edited; hosts' files have some kilobytes.
const MAX_BYTES: u64 = 16 << 20;

/// The text of `file`, which is shown as `path`; `None` when there is none.
pub(super) fn read(path: &Path, file: &Path) -> Result<Option<String>> {
    let shown = path.display();
    let refuse = |problem: &str, hint: &str| {
        Failure::failed(format!("cannot edit `{shown}`: {problem}"))
            .hint(format!("nothing was written; {hint}"))
    };
    let found = match file.metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        outcome => outcome.with_context(|| format!("cannot read `{shown}`"))?,
    };
    if !found.is_file() {
        return Err(refuse("it is not a file", "move it out of the way").into());
    }
    if found.permissions().readonly() {
        return Err(refuse(
            "it is read-only",
            "make it writable, or edit the file that it is generated from",
        )
        .into());
    }
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read `{shown}`"))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(refuse("it is larger than 16 MiB", "edit it yourself").into());
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let above = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = above.split(|byte| *byte == b'\n').count();
        let column = above
            .iter()
            .rev()
            .take_while(|byte| **byte != b'\n')
            .count()
            + 1;
        let problem = format!("line {line}, byte {column} is not UTF-8");
        refuse(&problem, "save it as UTF-8").into()
    })
}

/// How many older copies are looked at.
const COPIES: usize = 20;

pub(super) fn backups(file: &Path) -> Vec<PathBuf> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!("{name}.bak.");
    let directory = file.parent().unwrap_or(Path::new("."));
    let entries = directory.read_dir().into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
        .map(|entry| entry.path())
        .filter(|path| path.symlink_metadata().is_ok_and(|found| found.is_file()))
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.truncate(COPIES);
    found
}

/// A name beside `file` that is not taken.
pub(super) fn free_backup(file: &Path, stamp: &str) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let named = |end: &str| file.with_file_name(format!("{name}.bak.{stamp}{end}"));
    let first = named("");
    if first.symlink_metadata().is_err() {
        return first;
    }
    let others = (2..).map(|number| named(&format!("-{number:04}")));
    let mut free = others.filter(|path| path.symlink_metadata().is_err());
    free.next().unwrap_or(first)
}

/// A moment as `20261231T235959Z`.
pub(super) fn stamp(now: SystemTime) -> String {
    let since = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    // Howard Hinnant's days_from_civil, backwards: eras of 400 years that begin in March.
    let day = days + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = year + era * 400 + next;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{date:02}T{hour:02}{minute:02}{second:02}Z")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn moments_are_written_in_utc() {
        for (seconds, text) in [
            (0, "19700101T000000Z"),
            (951_782_400, "20000229T000000Z"),
            (1_767_225_599, "20251231T235959Z"),
            (1_767_225_600, "20260101T000000Z"),
            (4_107_542_400, "21000301T000000Z"),
        ] {
            let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(stamp(moment), text);
        }
    }
}
