//! The workspace of a build tool around a project: which one there is, and whether its members are meant to have the project
//! among them. Reads manifests, changes nothing.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use glob::{MatchOptions, Pattern};
use serde::{Deserialize, Serialize};
use toml_edit::{DocumentMut, Item};

use crate::{error::Failure, read, template::manifest::WorkspaceRules};

/// How a project stands to the workspaces of its language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// There is none around it, or none that could take it for its own.
    #[default]
    Alone,
    /// It is one of the members: lock file and build output lie at the root.
    Member,
    /// One is around it, without it.
    Apart,
}

impl Standing {
    /// The tags of the layers that a project gets for where it stands.
    #[must_use]
    pub fn tags(self) -> &'static [&'static str] {
        match self {
            Self::Alone => &["standalone"],
            Self::Member => &["member"],
            Self::Apart => &["standalone", "apart"],
        }
    }

    /// Every such tag.
    #[must_use]
    pub fn all_tags() -> [&'static str; 3] {
        ["standalone", "apart", "member"]
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature that serde calls"
    )]
    pub(crate) fn is_alone(&self) -> bool {
        *self == Self::Alone
    }
}

/// The workspace that the directory `project` lies in, and how the project stands to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Around {
    pub root: PathBuf,
    pub standing: Standing,
}

/// Look for a workspace above `project`, which need not exist.
///
/// # Errors
///
/// A usage failure when a manifest above it cannot be read: the build tool would fail there too.
pub fn around(project: &Path, rules: &WorkspaceRules) -> Result<Option<Around>> {
    for root in project.ancestors().skip(1) {
        let path = root.join(&rules.file);
        let broken = |error: String| {
            Failure::usage(format!("cannot read `{}`: {error}", path.display()))
                .hint("correct it first: the build of the new project would read it too")
        };
        let Some(text) = read::text(&path).map_err(|error| broken(error.to_string()))? else {
            continue;
        };
        let manifest: DocumentMut = text
            .parse()
            .map_err(|_| broken("it is not valid TOML".to_owned()))?;
        let mut item = Some(manifest.as_item());
        for key in rules.table.split('.') {
            item = item.and_then(|it| it.get(key));
        }
        let Some(workspace) = item else { continue };
        if lists(workspace, "exclude", root, project)? {
            // As if it were not there.
            continue;
        }
        let standing = if lists(workspace, "members", root, project)? {
            Standing::Member
        } else {
            Standing::Apart
        };
        return Ok(Some(Around {
            root: root.to_owned(),
            standing,
        }));
    }
    Ok(None)
}

/// Whether `project` is among the paths and patterns of a workspace's list.
fn lists(workspace: &Item, key: &str, root: &Path, project: &Path) -> Result<bool> {
    let entries = workspace.get(key).and_then(Item::as_array);
    let entries = entries.into_iter().flatten().filter_map(|it| it.as_str());
    let below = project.strip_prefix(root).context("an ancestor")?;
    // A star stands for one directory, as in `crates/*`.
    let options = MatchOptions {
        require_literal_separator: true,
        ..MatchOptions::new()
    };
    let mut matches = entries.filter_map(|entry| {
        let entry: PathBuf = Path::new(entry).components().collect();
        let entry = entry.strip_prefix(".").unwrap_or(&entry).to_owned();
        let excludes = key == "exclude" && below.starts_with(&entry);
        let pattern = Pattern::new(&entry.to_string_lossy()).ok()?;
        (excludes || pattern.matches_path_with(below, options)).then_some(())
    });
    Ok(matches.next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_exclusions_decide() {
        let rules = WorkspaceRules {
            file: "Build.toml".to_owned(),
            table: "tool.space".to_owned(),
        };
        let sandbox = tempfile::TempDir::new().expect("temporary directory");
        let root = sandbox.path();
        let member = Some(Standing::Member);
        let apart = Some(Standing::Apart);
        for (text, project, expected) in [
            ("", "a", None),
            ("[tool]\nspace = {}", "a", apart),
            ("[tool.space]\nmembers = []", "a", apart),
            ("[tool.space]\nmembers = ['a']", "a", member),
            ("[tool.space]\nmembers = ['./a/']", "a", member),
            ("[tool.space]\nmembers = ['*']", "a", member),
            ("[tool.space]\nmembers = ['*']", "a/b", apart),
            ("[tool.space]\nmembers = ['*/b']", "a/b", member),
            ("[tool.space]\nmembers = ['**']", "a/b", member),
            ("[tool.space]\nmembers = ['b*']", "a", apart),
            ("[tool.space]\nmembers = ['*']\nexclude = ['a']", "a", None),
            (
                "[tool.space]\nmembers = ['*']\nexclude = ['a']",
                "ab",
                member,
            ),
            (
                "[tool.space]\nmembers = ['**']\nexclude = ['a']",
                "a/b",
                None,
            ),
            (
                "[tool.space]\nmembers = ['*']\nexclude = ['a*']",
                "ab",
                None,
            ),
        ] {
            std::fs::write(root.join("Build.toml"), text).expect("write a file");
            let found = around(&root.join(project), &rules).expect("readable");
            assert_eq!(found.map(|it| it.standing), expected, "{text}: {project}");
        }
        std::fs::write(root.join("Build.toml"), "[").expect("write a file");
        around(&root.join("a"), &rules).expect_err("broken");
    }
}
