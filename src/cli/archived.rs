//! The flags of the archived tool of this name, in the words of this one, so that its users' scripts go on working.

use std::ffi::{OsStr, OsString};

/// Says that a command line came from there.
pub const MARK: &str = "--archived";

/// `args` (with the program's name first) in the words of this program: `--path DIRECTORY` names the project's directory, and
/// `--version` before something that starts with a digit is the project's version. Without `--path`, the name is the directory.
/// A command line with all four that were asked for there asks for nothing here. `has_word` tells whether a command line holds
/// a verb or a path already: such a one is left alone.
pub fn translate(args: Vec<OsString>, has_word: impl Fn(&[OsString]) -> bool) -> Vec<OsString> {
    let mut rest: Vec<OsString> = Vec::new();
    let mut path = None;
    let mut found = false;
    let mut given = args.iter().peekable();
    while let Some(arg) = given.next() {
        let (flag, attached) = split(arg);
        let value = attached.or_else(|| given.peek().map(|next| (*next).clone()));
        match (flag, value) {
            ("--", _) => {
                rest.push(arg.clone());
                rest.extend(given.by_ref().cloned());
                continue;
            }
            ("--path", Some(value)) => path = Some(value),
            ("--version", Some(value)) if is_version(&value) => {
                rest.extend(["--server-version".into(), value]);
            }
            _ => {
                rest.push(arg.clone());
                continue;
            }
        }
        found = true;
        if split(arg).1.is_none() {
            given.next();
        }
    }
    if !found || has_word(&rest) {
        return args;
    }
    let version = value_of(&rest, "--server-version", None);
    let name = value_of(&rest, "--name", Some("-n"));
    let description = value_of(&rest, "--description", Some("-d"));
    let asks_nothing = path.is_some() && version.and(description).is_some() && name.is_some();
    let mut words = vec!["new".into(), MARK.into()];
    words.extend(path.or(name));
    words.extend(asks_nothing.then(|| "--yes".into()));
    let start = rest.len().min(1);
    rest.splice(start..start, words);
    rest
}

/// The value of the last flag of this name, if there is one.
fn value_of(args: &[OsString], long: &str, short: Option<&str>) -> Option<OsString> {
    let end = args.iter().position(|arg| arg == "--");
    let is_it = |at: &usize| {
        let (flag, _) = split(&args[*at]);
        flag == long || Some(flag) == short
    };
    let at = (0..end.unwrap_or(args.len())).rfind(is_it)?;
    split(&args[at]).1.or_else(|| args.get(at + 1).cloned())
}

/// A flag and the value after its `=`.
fn split(arg: &OsStr) -> (&str, Option<OsString>) {
    let text = arg.to_str().unwrap_or_default();
    match text.split_once('=') {
        Some((flag, value)) => (flag, Some(value.into())),
        None => (text, None),
    }
}

fn is_version(value: &OsStr) -> bool {
    let text = value.to_str().unwrap_or_default();
    text.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(line: &str) -> String {
        let args = line.split(' ').map(OsString::from).collect();
        let words = |args: &[OsString]| args.iter().any(|arg| arg == "check" || arg == "here");
        translate(args, words)
            .join(OsStr::new(" "))
            .into_string()
            .expect("text")
    }

    #[test]
    fn flags_of_the_archived_tool_become_ours() {
        for (line, ours) in [
            ("x --path dir --name n", "x new --archived dir --name n"),
            (
                "x --name n --version 1.0",
                "x new --archived n --name n --server-version 1.0",
            ),
            (
                "x --path p --name=n --version 1 -d d --no-claudeapp",
                "x new --archived p --yes --name=n --server-version 1 -d d --no-claudeapp",
            ),
            ("x --path=check", "x new --archived check"),
            (
                "x --version 0.2.0 --description d",
                "x new --archived --server-version 0.2.0 --description d",
            ),
            ("x --version=1.0", "x new --archived --server-version 1.0"),
        ] {
            assert_eq!(translated(line), ours);
        }
    }

    #[test]
    fn every_other_command_line_is_left_alone() {
        for line in [
            "x",
            "x --version",
            "x --version --json",
            "x -V",
            "x --name n",
            "x check --path dir",
            "x here --version 1.0",
            "x -- --path dir",
            "x --path",
        ] {
            assert_eq!(translated(line), line);
        }
    }
}
