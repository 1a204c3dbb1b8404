//! Answers: what the user said, and the answers file that records it in the project.

mod primitives;

use std::{collections::BTreeMap, io, path::Path};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use primitives::{FOLDER, PrimitiveRecord};

use crate::{
    error::{Code, Failure},
    read,
    template::manifest::PrimitiveEntry,
    workspace::Standing,
};

/// Name of the answers file in the project's root.
pub const FILE_NAME: &str = ".create-mcp-server.toml";
/// Version of the answers file's own layout.
const SCHEMA: u32 = 1;
const HEADER: &str = "# Written by create-mcp-server; do not edit.\n\n";

/// The user's answers; `None` and missing options are not answered yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    #[serde(skip)]
    pub language: Option<String>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub version: Option<String>,
    pub author: Option<String>,
    pub year: Option<u16>,
    /// How the project stands to the workspaces around it: found out, never asked.
    #[serde(default, skip_serializing_if = "Standing::is_alone")]
    pub workspace: Standing,
    #[serde(default)]
    pub options: BTreeMap<String, String>,
}

impl Answers {
    /// These answers, and those of `other` where these are silent.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        for (id, choice) in other.options {
            self.options.entry(id).or_insert(choice);
        }
        Self {
            language: self.language.or(other.language),
            name: self.name.or(other.name),
            description: self.description.or(other.description),
            version: self.version.or(other.version),
            author: self.author.or(other.author),
            year: self.year.or(other.year),
            workspace: self.workspace,
            options: self.options,
        }
    }
}

/// The answers file: enough to render the project again and to see which files changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    schema: u32,
    pub template: TemplateId,
    pub answers: Answers,
    /// What the starter brought; what became of it since is in files of its own, see [`PrimitiveRecord`].
    #[serde(default, rename = "primitive", skip_serializing_if = "Vec::is_empty")]
    pub primitives: Vec<PrimitiveEntry>,
    /// Path in the project → SHA-256, in hexadecimal, of the file as rendered; not of those that `add` inserts lines into.
    pub files: BTreeMap<String, String>,
}

/// Which template, and which version of it, rendered the project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateId {
    pub id: String,
    pub version: u32,
}

impl Record {
    /// The record of a project that was just rendered.
    #[must_use]
    pub fn new(
        template: TemplateId,
        answers: Answers,
        primitives: Vec<PrimitiveEntry>,
        files: BTreeMap<String, String>,
    ) -> Self {
        Self {
            schema: SCHEMA,
            template,
            answers,
            primitives,
            files,
        }
    }

    /// The file's text.
    ///
    /// # Errors
    ///
    /// Fails when a value has no TOML form, which none of ours lacks.
    pub fn to_text(&self) -> Result<String> {
        let body =
            toml_edit::ser::to_string_pretty(self).context("cannot write the answers file")?;
        Ok(format!("{HEADER}{body}"))
    }

    /// Read a file's text; `path` names it in errors.
    ///
    /// # Errors
    ///
    /// A usage failure when the text is not an answers file of a known schema.
    pub fn from_text(text: &str, path: &Path) -> Result<Self> {
        let mut record: Self = parse(text, path)?;
        record.answers.language = Some(record.template.id.clone());
        Ok(record)
    }

    /// Read the answers file at `path`.
    ///
    /// # Errors
    ///
    /// A usage failure when it cannot be read; see [`Record::from_text`].
    pub fn read(path: &Path) -> Result<Self> {
        let text = read::text(path)
            .and_then(|text| text.ok_or_else(|| io::Error::other("there is no such file")));
        let text = text.map_err(|error| {
            Failure::usage(format!(
                "cannot read the answers file `{}`: {error}",
                path.display()
            ))
            .hint("give the path of a `.create-mcp-server.toml`")
        })?;
        Self::from_text(&text, path)
    }
}

/// Read `text`, which is of a known schema, as `T`; `path` names it in errors.
fn parse<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T> {
    #[derive(Deserialize)]
    struct Probe {
        schema: u32,
    }
    let refuse = |problem: String, hint: &str| {
        let path = path.display();
        Failure::usage(format!("cannot read the answers file `{path}`: {problem}")).hint(hint)
    };
    let broken = "restore it from version control, or give the answers as flags";
    if let Some(line) = conflict(text) {
        let name = path.display();
        let hint = format!(
            "keep one whole side: `git checkout --ours {name}` or `git checkout --theirs {name}`"
        );
        let path = path.display();
        let problem = format!("line {line} of `{path}` is a Git conflict marker");
        return Err(Failure::new(Code::Conflict, problem).hint(hint).into());
    }
    // The first line says where, the last one what; between them stands the source line.
    let one_line = |error: toml_edit::de::Error| {
        let text = error.to_string();
        let mut lines = text.trim().lines();
        let place = lines.next().unwrap_or_default();
        match lines.next_back() {
            Some(problem) => format!("{place}: {problem}"),
            None => place.to_owned(),
        }
    };
    let probe: Probe =
        toml_edit::de::from_str(text).map_err(|error| refuse(one_line(error), broken))?;
    if probe.schema != SCHEMA {
        let problem = format!(
            "it has schema {}, and this version reads {SCHEMA}",
            probe.schema
        );
        return Err(refuse(problem, "use the create-mcp-server that wrote it").into());
    }
    let read = toml_edit::de::from_str(text).map_err(|error| refuse(one_line(error), broken))?;
    Ok(read)
}

/// The number of the first line that git wrote into a file that it could not merge.
#[must_use]
pub fn conflict(text: &str) -> Option<usize> {
    let marker = |line: &str| {
        ["<<<<<<< ", ">>>>>>> ", "||||||| "]
            .iter()
            .any(|it| line.starts_with(it))
    };
    text.lines().position(marker).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(text: &str) -> Answers {
        Answers {
            language: Some(text.to_owned()),
            name: Some(text.to_owned()),
            description: Some(text.to_owned()),
            version: Some(text.to_owned()),
            author: Some(text.to_owned()),
            workspace: Standing::Alone,
            year: Some(if text == "mine" { 2026 } else { 1999 }),
            options: [("shared".to_owned(), text.to_owned())].into(),
        }
    }

    #[test]
    fn the_first_answers_win_and_the_others_fill_in() {
        assert_eq!(answers("mine").or(answers("theirs")), answers("mine"));
        assert_eq!(Answers::default().or(answers("theirs")), answers("theirs"));
    }

    #[test]
    fn a_file_of_another_schema_or_with_unknown_keys_is_refused() {
        let record = Record::new(
            TemplateId {
                id: "tongue".to_owned(),
                version: 1,
            },
            answers("mine"),
            Vec::new(),
            BTreeMap::new(),
        );
        let text = record.to_text().expect("TOML");
        let path = Path::new("x.toml");
        let read = Record::from_text(&text, path).expect("our own");
        assert_eq!(read.answers.language.as_deref(), Some("tongue"));
        for (from, to, problem) in [
            ("schema = 1", "schema = 2", "it has schema 2"),
            (
                "schema = 1",
                "schema = 1\nextra = 1",
                "unknown field `extra`",
            ),
            ("[answers]", "[answers]\nextra = 1", "unknown field `extra`"),
            ("schema = 1", "", "missing field `schema`"),
        ] {
            let error = Record::from_text(&text.replace(from, to), path).expect_err(problem);
            assert!(error.to_string().contains(problem), "{error}");
            assert!(crate::error::hint(&error).is_some(), "{error}");
        }
    }
}
