//! What `new`, `add` and `remove` say about their work: the plan, the result, the next steps, the equivalent command line.
//! Only `diff` reads files; nothing here prints.

pub mod hosts;
mod project;

use std::{fmt::Write as _, path::Path};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::{
    hosts::Host,
    plan::{Change, Expect, Plan},
    probe::Report,
    read,
    spec::ProjectSpec,
    template::{Template, manifest::Next},
    ui::{BOLD, DIM},
    workspace::{Around, Standing},
};

pub use project::{project_json, project_text};

/// The plan as a list of files with their sizes; `shown` is its root, as people see it.
#[must_use]
pub fn plan_text(plan: &Plan, shown: &str) -> String {
    let count = plan.changes.len();
    let mut text = format!("Will create {count} files in {BOLD}{shown}{BOLD:#}:");
    for change in &plan.changes {
        let size = change.after.as_ref().map_or(0, String::len);
        let _ = write!(text, "\n  {} {DIM}({size} bytes){DIM:#}", change.path);
    }
    text
}

/// The plan as data: `dry_run`, `root`, and `files` with `path`, `bytes` and `contents`.
#[must_use]
pub fn plan_json(plan: &Plan) -> Value {
    let files: Vec<Value> = plan
        .changes
        .iter()
        .map(|change| {
            let contents = change.after.as_deref().unwrap_or_default();
            json!({ "path": change.path.as_str(), "bytes": contents.len(), "contents": contents })
        })
        .collect();
    json!({ "dry_run": true, "root": plan.root.to_string_lossy(), "files": files })
}

/// What was decided about the workspace around a new project.
#[must_use]
pub fn workspace(around: &Around) -> String {
    let root = around.root.display();
    match around.standing {
        Standing::Member => format!(
            "it is a member of the workspace in {BOLD}{root}{BOLD:#}: its lock file and its build output are there"
        ),
        _ => format!(
            "the workspace in {BOLD}{root}{BOLD:#} does not list it as a member, so it stands alone"
        ),
    }
}

/// The changes of a plan inside a project, one a line.
#[must_use]
pub fn changes_text(plan: &Plan) -> String {
    let lines = plan
        .changes
        .iter()
        .map(|change| format!("  {} {}", verb(change), change.path));
    lines.collect::<Vec<_>>().join("\n")
}

/// The changes of a plan as data: `path` and `change`, which is `create`, `edit` or `delete`.
#[must_use]
pub fn changes_json(plan: &Plan) -> Value {
    let changes = plan.changes.iter();
    changes
        .map(|change| json!({ "path": change.path.as_str(), "change": verb(change) }))
        .collect()
}

fn verb(change: &Change) -> &'static str {
    match (change.before, &change.after) {
        (Expect::Absent, _) => "create",
        (_, Some(_)) => "edit",
        (_, None) => "delete",
    }
}

/// The plan as one patch in the unified format.
///
/// # Errors
///
/// Fails when a file cannot be read.
pub fn diff(plan: &Plan, root: &Path) -> Result<String> {
    let mut text = String::new();
    for change in &plan.changes {
        let path = change.path.as_str();
        let before = read::text(&change.path.below(root))
            .with_context(|| format!("cannot read `{path}`"))?;
        let mut options = diffy::DiffOptions::new();
        let (from, to) = (
            before.as_ref().map(|_| format!("a/{path}")),
            change.after.as_ref().map(|_| format!("b/{path}")),
        );
        options.set_original_filename(from.unwrap_or_else(|| "/dev/null".to_owned()));
        options.set_modified_filename(to.unwrap_or_else(|| "/dev/null".to_owned()));
        let difference = options.create_patch(
            before.as_deref().unwrap_or_default(),
            change.after.as_deref().unwrap_or_default(),
        );
        text += &difference.to_string();
    }
    text.truncate(text.trim_end().len());
    Ok(text)
}

/// A project that now exists.
#[derive(Debug)]
pub struct Created<'a> {
    pub plan: &'a Plan,
    pub spec: &'a ProjectSpec,
    pub template: &'a Template<'a>,
    /// The directory as the user gave it.
    pub path: &'a Path,
    /// The directory as people see it.
    pub shown: &'a str,
    /// Whether a repository is wanted.
    pub git: bool,
    /// Whether it is built and checked at once.
    pub build: bool,
    /// The hosts that are to find it.
    pub hosts: Vec<&'static Host>,
}

impl Created<'_> {
    #[must_use]
    pub fn headline(&self) -> String {
        let name = &self.spec.name;
        let package = if name.typed() == name.kebab() {
            String::new()
        } else {
            format!(" (package `{}`)", name.kebab())
        };
        format!(
            "created {BOLD}{}{BOLD:#}{package}: {} files in {}",
            name.typed(),
            self.plan.changes.len(),
            self.shown
        )
    }

    /// The result as data.
    #[must_use]
    pub fn json(&self, done: bool, report: Option<&Report>, installed: Option<&Value>) -> Value {
        let manifest = self.template.manifest();
        let files: Vec<&str> = self
            .plan
            .changes
            .iter()
            .map(|change| change.path.as_str())
            .collect();
        json!({
            "name": self.spec.name.typed(),
            "package": self.spec.name.kebab(),
            "path": self.plan.root.to_string_lossy(),
            "language": manifest.id,
            "template_version": manifest.version,
            "files": files,
            "steps_succeeded": done,
            "check": report,
            "installed": installed,
            "command": self.command_line(),
        })
    }

    /// What to do next.
    #[must_use]
    pub fn next_steps(&self) -> String {
        let here = self
            .path
            .components()
            .all(|part| part == std::path::Component::CurDir);
        let directory = (!here).then(|| (format!("cd {}", self.path_word()), String::new()));
        let all = self.template.manifest().next.iter();
        let (needs, steps): (Vec<&Next>, Vec<&Next>) = all
            .filter(|next| {
                next.when
                    .as_ref()
                    .is_none_or(|tag| self.spec.tags.contains(tag))
            })
            .partition(|next| next.when.is_some());
        let words = |next: &Next| (next.run.clone(), next.to.clone());
        let (needs, steps) = (needs.into_iter().map(words), steps.into_iter().map(words));
        let check = (!self.build).then(|| {
            let command = "create-mcp-server check".to_owned();
            (command, "build it and see that it answers".to_owned())
        });
        let steps: Vec<_> = directory
            .into_iter()
            .chain(needs)
            .chain(check)
            .chain(steps)
            .collect();
        let steps: Vec<_> = steps
            .iter()
            .map(|(run, to)| (run.as_str(), to.as_str()))
            .collect();
        next(&steps)
    }

    /// How to do the same again.
    #[must_use]
    pub fn same_again(&self) -> String {
        let line = self.command_line();
        format!("\n{DIM}The same without questions:{DIM:#}\n  {line}")
    }

    /// The command line that makes the same project without asking.
    #[must_use]
    pub fn command_line(&self) -> String {
        let answers = self.spec.answers(&self.template.manifest().id);
        let mut words = vec!["create-mcp-server".to_owned(), "new".to_owned()];
        words.push(self.path_word());
        let mut flag = |name: &str, value: Option<&String>| {
            if let Some(value) = value {
                words.push(format!("--{name}={}", quoted(value)));
            }
        };
        let named_by_path = self.path.file_name() == Some(self.spec.name.typed().as_ref());
        flag("name", answers.name.as_ref().filter(|_| !named_by_path));
        flag("description", answers.description.as_ref());
        flag("server-version", answers.version.as_ref());
        flag("author", answers.author.as_ref());
        flag("language", answers.language.as_ref());
        for option in self.template.options() {
            flag(&option.id, answers.options.get(&option.id));
        }
        if !self.git {
            words.push("--no-git".to_owned());
        }
        words.extend(
            self.hosts
                .iter()
                .map(|host| format!("--install={}", host.id)),
        );
        words.push(if self.build { "--build" } else { "--no-build" }.to_owned());
        words.push("--yes".to_owned());
        words.join(" ")
    }

    /// The directory as one word of a shell that is not a flag.
    fn path_word(&self) -> String {
        let path = self.path.to_string_lossy();
        quoted(&if path.starts_with('-') {
            format!("./{path}")
        } else {
            path.into_owned()
        })
    }
}

/// What to do next: what to run or read, and what it is good for, if that needs saying.
#[must_use]
pub fn next(steps: &[(&str, &str)]) -> String {
    let mut text = format!("\n{BOLD}Next{BOLD:#}");
    let width = steps.iter().map(|(run, _)| run.len()).max().unwrap_or(0);
    for (run, to) in steps {
        let _ = if to.is_empty() {
            write!(text, "\n  {run}")
        } else {
            write!(text, "\n  {run:width$}  {DIM}{to}{DIM:#}")
        };
    }
    text
}

/// `text` as one word of a POSIX shell; on Windows, of `PowerShell` and, without special characters, of `cmd`.
#[must_use]
pub fn quoted(text: &str) -> String {
    let plain = |c: char| {
        // `@` and `,` mean something in PowerShell.
        c.is_ascii_alphanumeric() || "-_./=:+".contains(c) || (cfg!(windows) && c == '\\')
    };
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let inner = if cfg!(windows) { "''" } else { r"'\''" };
    format!("'{}'", text.replace('\'', inner))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_that_a_shell_would_read_otherwise_are_quoted() {
        for plain in ["my-server", "a/b_c.d", "0.1.0+x"] {
            assert_eq!(quoted(plain), plain);
        }
        for special in [
            "", "a b", "$HOME", "~/x", "@x", "a,b", "a;b", "x*", "\"x\"", "日本",
        ] {
            assert_eq!(quoted(special), format!("'{special}'"));
        }
        let apostrophe = if cfg!(windows) {
            "'it''s'"
        } else {
            r"'it'\''s'"
        };
        assert_eq!(quoted("it's"), apostrophe);
    }
}
