//! `layer.toml` as types, and the primitives that it declares.

use std::collections::BTreeMap;

use heck::ToSnakeCase as _;
use serde::{Deserialize, Serialize};

use super::Kind;

/// `layer.toml`: what a layer adds to the lists that files of other layers loop over.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct LayerFile {
    #[serde(default, rename = "primitive")]
    pub primitives: Vec<PrimitiveEntry>,
    #[serde(default)]
    pub support: Vec<Support>,
    /// Every other array: appended in layer order to `lists.<name>`.
    #[serde(flatten)]
    pub lists: BTreeMap<String, Vec<ListItem>>,
}

/// What primitives of a starter use: `remove` takes it out with the last of them. A primitive that no entry names cannot be
/// removed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// The primitives, each as its kind and its name: `tool add-note`.
    pub of: Vec<String>,
    #[serde(default)]
    pub files: Vec<String>,
    /// Whole lines of files that stay.
    #[serde(default)]
    pub texts: Vec<SupportText>,
}

/// Lines of the file `into` as it was rendered, the text itself rendered too.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupportText {
    pub into: String,
    pub text: String,
}

/// A primitive of a project: one that its starter brings, or one that was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimitiveEntry {
    pub kind: Kind,
    pub name: String,
    pub summary: String,
    /// What a tool that was added does to its surroundings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// Whether calling it again with the same arguments changes nothing more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idempotent: bool,
    /// Whether it reaches what the server does not control, such as the web.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open_world: bool,
    /// The URI, or the URI template (RFC 6570), of a resource that was added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Parameters of a tool or arguments of a prompt that was added, as they were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<String>,
}

impl PrimitiveEntry {
    /// `tool add-note`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {}", self.kind.as_str(), self.name)
    }

    /// Whether it has the kind and the name of `other`, as sources write them.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.kind == other.kind && self.is_named(&other.name)
    }

    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        self.name.to_snake_case() == name.to_snake_case()
    }
}

/// What a tool does to its surroundings: its annotations say so (2026-07-28, server/tools, `ToolAnnotations`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It changes nothing.
    ReadOnly,
    /// It may overwrite or delete.
    Destructive,
}

/// An element of a layer's list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
pub enum ListItem {
    Text(String),
    Table(BTreeMap<String, String>),
}
