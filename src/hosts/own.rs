//! Whose an entry is, and what of it is ours: the command, the arguments, the address, and what we wrote besides. What
//! the user or the host added stays theirs. Pure.

use std::path::Path;

use super::entry::Entry;
use crate::edit::data::Data;

/// The keys that say how a server is reached, in the words of every host.
const COMMAND: [&str; 2] = ["command", "cmd"];
const ARGUMENTS: &str = "args";
const ADDRESS: [&str; 4] = ["url", "httpUrl", "serverUrl", "uri"];

/// The keys that list names of variables: ours and those that were added.
const NAMES: [&str; 2] = ["env_vars", "env_keys"];

/// The command line or the address of an entry.
#[must_use]
pub fn words(value: &Data) -> Vec<String> {
    let keys = COMMAND.iter().chain([&ARGUMENTS]).chain(&ADDRESS);
    let found = keys.filter_map(|key| value.at(&[key]));
    found.flat_map(texts).collect()
}

/// The texts that `data` is or holds.
fn texts(data: &Data) -> Vec<String> {
    match data {
        Data::Text(text) => vec![text.clone()],
        Data::List(items) => items.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// Whether `known` is an entry that we wrote for the same server as `ours`, whatever was added to it since.
#[must_use]
pub fn is_ours(ours: &Entry, known: &Data) -> bool {
    let address = |value: &Data| ADDRESS.iter().any(|key| value.at(&[key]).is_some());
    let program = |value: &Data| COMMAND.iter().any(|key| value.at(&[key]).is_some());
    if address(known) == program(known)
        || address(known) != address(&ours.value)
        || program(known) != program(&ours.value)
    {
        return false;
    }
    let (wanted, found) = (words(&ours.value), words(known));
    if address(known) {
        return wanted == found;
    }
    let (Some((wanted, arguments)), Some((found, others))) =
        (wanted.split_first(), found.split_first())
    else {
        return false;
    };
    let arguments = without_file(arguments, &ours.from_file);
    arguments == without_file(others, &ours.from_file)
        && same_program(ours, wanted, found, !arguments.is_empty())
}

/// Whether two names mean the same program; `told_apart` says that its arguments do.
fn same_program(ours: &Entry, wanted: &str, found: &str, told_apart: bool) -> bool {
    if wanted == found {
        return true;
    }
    let (wanted, found) = (Path::new(wanted), Path::new(found));
    let named = |path: &Path| path.components().count() == 1;
    let built = || {
        ours.built
            .iter()
            .any(|directory| found.starts_with(directory))
    };
    wanted.file_stem() == found.file_stem()
        && (told_apart || named(wanted) || named(found) || built())
}

/// Arguments without those that name a file with variables.
fn without_file<'a>(arguments: &'a [String], pattern: &[String]) -> &'a [String] {
    let Some(at) = arguments.len().checked_sub(pattern.len()) else {
        return arguments;
    };
    let matches = arguments[at..].iter().zip(pattern).all(|(word, pattern)| {
        match pattern.split_once("{file}") {
            Some((before, after)) => word.starts_with(before) && word.ends_with(after),
            None => word == pattern,
        }
    });
    if matches { &arguments[..at] } else { arguments }
}

/// `known`, an entry of ours, brought up to date.
#[must_use]
pub fn merged(ours: &Entry, known: &Data) -> Data {
    let (Data::Map(wanted), Data::Map(pairs)) = (&ours.value, known) else {
        return ours.value.clone();
    };
    let mut pairs = pairs.clone();
    for (key, value) in wanted {
        let Some((_, found)) = pairs.iter_mut().find(|(name, _)| name == key) else {
            pairs.push((key.clone(), value.clone()));
            continue;
        };
        let reaches = COMMAND.contains(&key.as_str()) || key == ARGUMENTS;
        if reaches {
            *found = command(ours, value, found);
        } else if ours.given.contains(key) || ADDRESS.contains(&key.as_str()) {
            *found = value.clone();
        } else if let (Data::Map(wanted), Data::Map(found)) = (value, &mut *found) {
            add(&ours.given, wanted, found);
        } else if let (true, Data::List(wanted), Data::List(found)) =
            (NAMES.contains(&key.as_str()), value, found)
        {
            let lacking = wanted.iter().filter(|name| !found.contains(name));
            let lacking: Vec<Data> = lacking.cloned().collect();
            found.extend(lacking);
        }
    }
    Data::Map(pairs)
}

/// A command or its arguments: ours, but for an absolute path where we know a name only, and a file that was given once.
fn command(ours: &Entry, wanted: &Data, found: &Data) -> Data {
    let absolute = |wanted: &str, found: &str| {
        let keeps = Path::new(wanted).components().count() == 1 && Path::new(found).is_absolute();
        Data::text(if keeps { found } else { wanted })
    };
    match (wanted, found) {
        (Data::Text(wanted), Data::Text(found)) => absolute(wanted, found),
        (Data::List(items), Data::List(_)) => {
            let (wanted, known) = (texts(wanted), texts(found));
            let has_file =
                |words: &[String]| without_file(words, &ours.from_file).len() < words.len();
            let mut words: Vec<Data> = items.clone();
            if has_file(&known) && !has_file(&wanted) {
                let at = without_file(&known, &ours.from_file).len();
                words.extend(known[at..].iter().map(Data::text));
            }
            // One array holds the program too.
            if let (Some(Data::Text(first)), Some(known)) = (items.first(), known.first())
                && Path::new(first).file_stem() == Path::new(known).file_stem()
            {
                words[0] = absolute(first, known);
            }
            Data::List(words)
        }
        _ => wanted.clone(),
    }
}

/// Add to `found` what it lacks of `wanted`, and replace the values that were given.
fn add(given: &[String], wanted: &[(String, Data)], found: &mut Vec<(String, Data)>) {
    for (key, value) in wanted {
        match found.iter_mut().find(|(name, _)| name == key) {
            Some((_, known)) if given.contains(key) => known.clone_from(value),
            Some(_) => {}
            None => found.push((key.clone(), value.clone())),
        }
    }
}

/// What has to be set in `known` so that it says `merged`: paths below the entry, and values.
#[must_use]
pub fn differences(known: &Data, merged: &Data) -> Vec<(Vec<String>, Data)> {
    let mut found = Vec::new();
    collect(known, merged, &mut Vec::new(), &mut found);
    found
}

fn collect(
    known: &Data,
    merged: &Data,
    path: &mut Vec<String>,
    found: &mut Vec<(Vec<String>, Data)>,
) {
    let (Data::Map(known), Data::Map(pairs)) = (known, merged) else {
        if known != merged {
            found.push((path.clone(), merged.clone()));
        }
        return;
    };
    for (key, value) in pairs {
        path.push(key.clone());
        match known.iter().find(|(name, _)| name == key) {
            Some((_, before)) => collect(before, value, path, found),
            None => found.push((path.clone(), value.clone())),
        }
        path.pop();
    }
}
