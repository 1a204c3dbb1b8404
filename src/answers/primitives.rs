//! The record of what `add` and `remove` did: a file for each primitive, so that git merges whatever two branches added, with
//! every tool and on every site. The answers file stays as `new` wrote it.

use std::{collections::BTreeMap, io, path::Path};

use anyhow::{Context as _, Result};
use heck::ToSnakeCase as _;
use serde::{Deserialize, Serialize};

use super::{HEADER, SCHEMA, parse};
use crate::{
    error::Failure,
    read,
    template::manifest::{Kind, PrimitiveEntry},
};

/// The directory of these records in a project.
pub const FOLDER: &str = ".create-mcp-server";

/// A primitive that was added to a project, or one of its starter that was taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimitiveRecord {
    schema: u32,
    /// Whether it was taken out: it came with the starter then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
    pub primitive: PrimitiveEntry,
    /// The files that are all its own: path in the project → SHA-256, in hexadecimal, as rendered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
}

impl PrimitiveRecord {
    #[must_use]
    pub fn new(primitive: PrimitiveEntry, removed: bool, files: BTreeMap<String, String>) -> Self {
        Self {
            schema: SCHEMA,
            removed,
            primitive,
            files,
        }
    }

    /// Where in the project the record of such a primitive is.
    #[must_use]
    pub fn path(kind: Kind, name: &str) -> String {
        format!("{FOLDER}/{}-{}.toml", kind.as_str(), name.to_snake_case())
    }

    /// The file's text.
    ///
    /// # Errors
    ///
    /// Fails when a value has no TOML form, which none of ours lacks.
    pub fn to_text(&self) -> Result<String> {
        let body = toml_edit::ser::to_string_pretty(self)
            .context("cannot write the record of a primitive")?;
        Ok(format!("{HEADER}{body}"))
    }

    /// Every record of the project at `root`.
    ///
    /// # Errors
    ///
    /// A usage failure when one cannot be read, or is not where its primitive has it.
    pub fn read_all(root: &Path) -> Result<Vec<Self>> {
        let folder = root.join(FOLDER);
        let entries = match folder.read_dir() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            outcome => outcome.with_context(|| format!("cannot read `{}`", folder.display()))?,
        };
        let mut names = entries
            .map(|entry| entry.map(|it| it.file_name()))
            .collect::<io::Result<Vec<_>>>()
            .with_context(|| format!("cannot read `{}`", folder.display()))?;
        names.retain(|name| Path::new(name).extension().is_some_and(|it| it == "toml"));
        names.sort();
        let read_one = |path: &Path| {
            let found = read::text(path).map_err(|error| {
                Failure::usage(format!("cannot read `{}`: {error}", path.display()))
                    .hint("restore it from version control")
            })?;
            let record: Self = parse(&found.unwrap_or_default(), path)?;
            let PrimitiveEntry { kind, name, .. } = &record.primitive;
            if root.join(Self::path(*kind, name)) == path {
                return Ok(record);
            }
            let problem = format!("`{}` is not the record of its primitive", path.display());
            let hint = format!("rename it to `{}`", Self::path(*kind, name));
            Err(Failure::usage(problem).hint(hint).into())
        };
        names
            .iter()
            .map(|name| read_one(&folder.join(name)))
            .collect()
    }
}
