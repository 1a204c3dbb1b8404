//! `--baseline`: the surface beside the recorded one.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::{
    error::{Code, Failure},
    probe::{Change, Report, Weight, written},
};

/// What changed since the surface in the file was recorded.
///
/// # Errors
///
/// A usage failure for a file that is missing or is not a recorded surface.
pub fn changes(path: &Path, report: &Report) -> Result<Vec<Change>> {
    let hint = "record the surface with `--update-baseline`";
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let message = format!("there is no `{}`", path.display());
            return Err(Failure::usage(message).hint(hint).into());
        }
        text => text.with_context(|| format!("cannot read `{}`", path.display()))?,
    };
    let base: Value = serde_json::from_str(&text)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| {
            let message = format!("`{}` is not a recorded surface", path.display());
            Failure::usage(message).hint(hint)
        })?;
    Ok(report.changes(&base))
}

/// The text to record.
///
/// # Errors
///
/// Fails when no session has shown a surface.
pub fn text(report: &Report) -> Result<String> {
    let surface = report.surface();
    if surface.as_object().is_none_or(serde_json::Map::is_empty) {
        let message = "the server did not open, so there is no surface to record";
        return Err(Failure::new(Code::CheckFailed, message).into());
    }
    Ok(written(&surface))
}

/// Fail when something that worked fails now.
///
/// # Errors
///
/// With exit code 3 for a breaking change.
pub fn verdict(changes: &[Change]) -> Result<()> {
    let breaking = changes.iter().filter(|it| it.weight == Weight::Breaking);
    let breaking: Vec<_> = breaking.collect();
    let [first, ..] = breaking[..] else {
        return Ok(());
    };
    let number = breaking.len();
    let changes = if number == 1 { "change" } else { "changes" };
    let message = format!(
        "{number} breaking {changes} of the surface, such as: {} {}",
        first.subject, first.what
    );
    let hint = "if it is meant, record the new surface with `--update-baseline`";
    Err(Failure::new(Code::Conflict, message).hint(hint).into())
}
