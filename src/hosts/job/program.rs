//! The list of a host that edits it with a program of its own: looked at, and never written by us. Pure but for the look.

use std::path::PathBuf;

use anyhow::Result;

use super::{Task, Wish};
use crate::{
    edit::data::Data,
    hosts::{
        Host,
        file::{Change, File},
        places::Machine,
    },
};

/// What to let the host's own program do.
pub(super) fn task(
    host: &'static Host,
    machine: &Machine,
    file: Option<&PathBuf>,
    wish: Wish<'_>,
) -> Result<Task> {
    let (Some(program), Some(file)) = (&host.program, file) else {
        return Ok(Task::Run {
            commands: Vec::new(),
        });
    };
    // Only looked at: what it holds decides what the program is asked to do.
    let text = match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(String::new()),
        outcome => outcome.ok(),
    };
    let shown = file.display().to_string();
    let list = |text| File {
        host,
        shown: &shown,
        text: Some(text),
    };
    let text = text.as_deref();
    let text = text.filter(|text| list(*text).has(wish.name).is_ok());
    let entry = wish.entries.first();
    let change = match (text, entry) {
        (Some(text), _) if wish.remove => {
            list(text).uninstall(wish.name, wish.entries, &[], wish.force)?
        }
        (Some(text), Some(entry)) => list(text).install(wish.name, entry, wish.force)?,
        (None, Some(_)) => Change::Added(String::new()),
        (_, None) => Change::Unchanged,
    };
    let found = machine.program(program.name);
    let path = found.map(|path| path.to_string_lossy().into_owned());
    let mut value = entry.map(|entry| entry.value.clone());
    if let Change::Updated(text) = &change {
        let updated = File {
            text: Some(text),
            ..list("")
        };
        value = updated.entry(wish.name)?;
    }
    let json = value.as_ref().map(one_line).unwrap_or_default();
    let line = |arguments: &[&str]| {
        let filled = arguments
            .iter()
            .map(|word| word.replace("{name}", wish.name).replace("{json}", &json));
        let first = path.clone().unwrap_or_else(|| program.name.to_owned());
        [first].into_iter().chain(filled).collect::<Vec<_>>()
    };
    let commands = match (wish.remove, change) {
        (_, Change::Unchanged) => Vec::new(),
        (true, _) => vec![line(program.remove)],
        (false, Change::Updated(_) | Change::Replaced(_)) => {
            vec![line(program.remove), line(program.add)]
        }
        (false, _) => vec![line(program.add)],
    };
    Ok(Task::Run { commands })
}

fn one_line(value: &Data) -> String {
    match value {
        Data::Map(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| {
                format!(
                    "{}:{}",
                    serde_json::Value::from(key.as_str()),
                    one_line(value)
                )
            });
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
        }
        other => serde_json::Value::from(other).to_string(),
    }
}
