//! `template.toml`: the facts of a template, as types. No logic that belongs to one language.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What all languages share: `templates/_shared/template.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedManifest {
    #[serde(default, rename = "option")]
    pub options: Vec<OptionSpec>,
}

/// One language: `templates/<language>/template.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub id: String,
    pub title: String,
    /// Raised whenever the rendered output changes in a release.
    pub version: u32,
    /// Options that only this language has; the shared ones come first.
    #[serde(default, rename = "option")]
    pub options: Vec<OptionSpec>,
    /// Dependency versions, as `versions.<name>` in templates.
    #[serde(default)]
    pub versions: BTreeMap<String, String>,
    pub names: NameRules,
    #[serde(default, rename = "primitive")]
    pub primitives: BTreeMap<Kind, PrimitiveRules>,
    pub run: Run,
    /// What `--build` runs in the new project, in order.
    #[serde(default, rename = "step")]
    pub steps: Vec<StepSpec>,
    /// What the user may want to do after that.
    #[serde(default)]
    pub next: Vec<Next>,
    #[serde(default)]
    pub check: CheckRules,
}

/// A question with a closed set of answers: a flag, a prompt and layer tags.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionSpec {
    /// Key in the answers file, and the long flag.
    pub id: String,
    pub short: Option<char>,
    pub prompt: String,
    pub help: String,
    pub default: String,
    /// Tags that earlier options must have brought; without them there is nothing to choose.
    #[serde(default)]
    pub requires: Vec<String>,
    #[serde(rename = "choice")]
    pub choices: Vec<Choice>,
}

impl OptionSpec {
    /// Whether there is something to choose, given the tags that earlier options brought.
    #[must_use]
    pub fn applies(&self, tags: &BTreeSet<String>) -> bool {
        self.requires.iter().all(|tag| tags.contains(tag))
    }

    #[must_use]
    pub fn choice(&self, id: &str) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.id == id)
    }
}

/// One answer to an [`OptionSpec`] and the layer tags that it brings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub id: String,
    pub help: String,
    #[serde(default)]
    pub tags: Vec<String>,
}

/// Names that a project cannot have.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameRules {
    #[serde(default)]
    pub reserved: Vec<Reserved>,
}

/// Words that are taken, and why, as the end of the sentence "`x` is …".
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reserved {
    pub reason: String,
    pub words: Vec<String>,
}

/// What MCP servers offer to their clients (2026-07-28, server features).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Prompt,
    Resource,
    Tool,
}

impl Kind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Resource => "resource",
            Self::Tool => "tool",
        }
    }
}

/// How a primitive of one kind is registered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimitiveRules {
    pub insert: Vec<Insert>,
}

/// One line, rendered with `item`, that goes above the line of `into` that contains `anchor`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Insert {
    pub into: String,
    pub anchor: String,
    pub line: String,
}

/// How hosts and `check` start a project.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The program and its arguments, run in the project's directory.
    pub command: Vec<String>,
    /// Present when the project may serve HTTP.
    pub http: Option<RunHttp>,
}

/// What starts the HTTP transport; `{port}` stands for a free port.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunHttp {
    pub env: BTreeMap<String, String>,
    pub path: String,
    #[serde(default)]
    pub when: Vec<RunHttpWhen>,
}

/// What a project with `tag` needs beside that; `{secret}` stands for a random text, the same one in all of a run.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunHttpWhen {
    pub tag: String,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Headers of every request.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// A command that `--build` runs in the new project.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepSpec {
    pub id: String,
    pub title: String,
    pub command: Vec<String>,
    /// How to get the program when it is missing.
    pub needs: String,
}

/// A suggestion for the user of a new project.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Next {
    /// A command, or a file to read.
    pub run: String,
    /// What it is good for.
    pub to: String,
}

/// What `check` may do with the starters' primitives.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckRules {
    /// Arguments that make a tool safe to call, as JSON text.
    #[serde(default)]
    pub call: BTreeMap<String, String>,
}

/// `layer.toml`: what a layer adds to the lists that files of other layers loop over.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct LayerFile {
    #[serde(default, rename = "primitive")]
    pub primitives: Vec<PrimitiveEntry>,
    /// Every other array: appended in layer order to `lists.<name>`.
    #[serde(flatten)]
    pub lists: BTreeMap<String, Vec<ListItem>>,
}

/// A primitive that a starter brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimitiveEntry {
    pub kind: Kind,
    pub name: String,
    pub summary: String,
}

/// An element of a layer's list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
pub enum ListItem {
    Text(String),
    Table(BTreeMap<String, String>),
}

/// Read TOML text as `T`.
///
/// # Errors
///
/// Fails with the position when the text is not TOML or does not fit; `name` says which file it is.
pub fn parse<T: DeserializeOwned>(name: &str, text: &str) -> anyhow::Result<T> {
    toml_edit::de::from_str(text).with_context(|| format!("cannot read `{name}`"))
}
