//! The tools of a language around a project: workspaces of its build tool, its formatter.

use serde::Deserialize;

/// Where this language's build tool declares a workspace, with the lists `members` and `exclude`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceRules {
    pub file: String,
    /// The table in it, its keys joined by dots.
    pub table: String,
}

/// A formatter that reads a file from stdin and writes it to stdout.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormatRules {
    /// The first that is there is run: a path below the project or its workspace, or a name on the PATH.
    pub programs: Vec<String>,
    /// `{path}` stands for the file's path in the project.
    #[serde(default)]
    pub arguments: Vec<String>,
}

impl FormatRules {
    /// As people call it.
    #[must_use]
    pub fn name(&self) -> String {
        let first = self.programs.first().map_or("", String::as_str);
        format!("`{first}`")
    }
}
