//! The language's own formatter, for files that `add` is about to create: as a filter, so that nothing is written yet.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::Extension;
use crate::{template::manifest::FormatRules, workspace};

/// Why a file stays as the template has it.
pub struct Unformatted(pub String);

impl Extension<'_> {
    /// `text`, the file at `path`, as the formatter has it.
    ///
    /// # Errors
    ///
    /// Says why there is no such text: the formatter is missing, or does not take it.
    pub(super) fn formatted(self, path: &str, text: &str) -> Result<String, Unformatted> {
        let Some(rules) = &self.template.manifest().format else {
            return Ok(text.to_owned());
        };
        let name = rules.name();
        let program = self.formatter(rules);
        let failed = |problem: &str| Unformatted(format!("`{path}` is not formatted: {problem}"));
        let missing = || failed(&format!("{name} was not found"));
        let arguments = rules.arguments.iter().map(|it| it.replace("{path}", path));
        let mut child = Command::new(program.ok_or_else(missing)?)
            .args(arguments)
            .current_dir(&self.project.root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| missing())?;
        let written = child
            .stdin
            .take()
            .is_none_or(|mut it| it.write_all(text.as_bytes()).is_ok());
        let output = child
            .wait_with_output()
            .map_err(|error| failed(&error.to_string()))?;
        match String::from_utf8(output.stdout) {
            Ok(text) if written && output.status.success() && !text.is_empty() => Ok(text),
            _ => Err(failed(&format!("{name} failed ({})", output.status))),
        }
    }

    /// The formatter: a path below the project or its workspace that is there, or a name on the PATH.
    fn formatter(self, rules: &FormatRules) -> Option<PathBuf> {
        let project = &self.project.root;
        let around = self.template.manifest().workspace.as_ref();
        let around = around.and_then(|rules| workspace::around(project, rules).ok().flatten());
        let roots = [Some(project.clone()), around.map(|it| it.root)];
        let mut programs = rules.programs.iter();
        programs.find_map(|program| {
            let program = Path::new(program);
            if program.components().count() == 1 {
                return Some(program.to_owned());
            }
            let mut places = roots.iter().flatten().map(|root| root.join(program));
            places.find(|path| path.is_file())
        })
    }
}
