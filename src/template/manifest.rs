//! `template.toml`: the facts of a template, as types. No logic that belongs to one language.

mod install;
mod layer;
mod parameters;
mod tools;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use layer::{Effect, LayerFile, ListItem, PrimitiveEntry, Support, SupportText};
pub use parameters::{ChoiceType, ParameterRules, ParameterType};
pub use tools::{FormatRules, WorkspaceRules};

use crate::{
    edit::anchor::{self, Order},
    version::VersionRule,
};

pub use install::{Install, InstallHttp, InstallWhen, Reports};

/// What all languages share: `templates/_shared/template.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedManifest {
    /// The language of a project when none is named.
    pub language: Option<String>,
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
    /// Tags of shared choices that this language has no layers for yet: it does not offer these choices.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// Options that only this language has; the shared ones come first.
    #[serde(default, rename = "option")]
    pub options: Vec<OptionSpec>,
    /// Dependency versions, as `versions.<name>` in templates.
    #[serde(default)]
    pub versions: BTreeMap<String, String>,
    pub names: NameRules,
    #[serde(default, rename = "primitive")]
    pub primitives: BTreeMap<Kind, PrimitiveRules>,
    #[serde(default)]
    pub parameters: ParameterRules,
    pub workspace: Option<WorkspaceRules>,
    /// What lays out the files of added primitives.
    pub format: Option<FormatRules>,
    pub run: Run,
    pub install: Option<Install>,
    /// What `--build` runs in the new project, in order.
    #[serde(default, rename = "step")]
    pub steps: Vec<StepSpec>,
    /// What the user may want to do after that.
    #[serde(default)]
    pub next: Vec<Next>,
    #[serde(default)]
    pub check: CheckRules,
}

impl Manifest {
    /// Whether `text` has a line above which `add` inserts.
    #[must_use]
    pub fn has_anchor(&self, text: &str) -> bool {
        let rules = self.primitives.values().flat_map(|rules| &rules.insert);
        let mut anchors = rules.map(|insert| insert.anchor.as_str());
        anchors.any(|anchor| text.lines().any(|line| anchor::mentions(line, anchor)))
    }
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
    /// Whether it is asked for before the question whether the other defaults are right.
    #[serde(default)]
    pub main: bool,
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

    /// What there is to choose, given the tags that earlier options brought.
    pub fn offered(&self, tags: &BTreeSet<String>) -> impl Iterator<Item = &Choice> {
        let tags = tags.clone();
        self.choices.iter().filter(move |it| it.applies(&tags))
    }
}

/// One answer to an [`OptionSpec`] and the layer tags that it brings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub id: String,
    pub help: String,
    /// Tags that earlier options must have brought.
    #[serde(default)]
    pub requires: Vec<String>,
    #[serde(default)]
    pub tags: Vec<String>,
}

impl Choice {
    /// Whether it can be chosen, given the tags that earlier options brought.
    #[must_use]
    pub fn applies(&self, tags: &BTreeSet<String>) -> bool {
        self.requires.iter().all(|tag| tags.contains(tag))
    }
}

/// Names that a project cannot have.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameRules {
    /// How versions of projects are written.
    #[serde(default)]
    pub versions: VersionRule,
    /// Why the names in the template's list of dependencies are taken.
    pub dependencies: Option<String>,
    #[serde(default)]
    pub reserved: Vec<Reserved>,
}

/// Words that are taken, and why, as the end of the sentence "`x` is …".
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reserved {
    pub reason: String,
    pub words: Vec<String>,
    /// Whether they cannot be the names of primitives and parameters either, as keywords.
    #[serde(default)]
    pub everywhere: bool,
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

/// How a primitive of one kind is registered, and which names it cannot have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimitiveRules {
    /// How long a name may be, so that the lines of source with it stay as a formatter wants them.
    #[serde(default = "max_name")]
    pub max_name: usize,
    pub insert: Vec<Insert>,
    /// What the first primitive of this kind brings, beside the files in `primitives/first-<kind>`. It stays with the last.
    #[serde(default)]
    pub first: Vec<First>,
    /// Names of one kind that would clash with something in the primitive's own file.
    #[serde(default)]
    pub reserved: Vec<Reserved>,
    /// Texts that, where a file has them, show that a name is taken.
    #[serde(default)]
    pub clash: Vec<Clash>,
}

/// Hosts cut longer names of tools at 64.
fn max_name() -> usize {
    64
}

/// A name is taken when `file` contains `text`, rendered with `item`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clash {
    pub file: String,
    pub text: String,
}

/// One line that goes above the line of `into` that contains `anchor`; it and `into` are rendered with `item`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Insert {
    pub into: String,
    pub anchor: String,
    pub line: String,
    /// Whether the project works without the line: then a missing file or anchor is only worth a warning.
    #[serde(default)]
    pub optional: bool,
    #[serde(default)]
    pub order: Order,
}

/// A text that goes above the line of `into` that contains `anchor`, unless `into` has its first line.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct First {
    pub into: String,
    pub anchor: String,
    pub text: String,
    /// How the lines start among which it is sorted, if it is one.
    pub among: Option<String>,
}

/// How hosts and `check` start a project.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The program and its arguments, run in the project's directory; `{name}` stands for the project's name.
    pub command: Vec<String>,
    #[serde(default)]
    pub when: Vec<RunWhen>,
    /// Present when the project may serve HTTP.
    pub http: Option<RunHttp>,
}

/// What `check` starts a project with `tag` with, over any transport, unless the user has set one of the variables
/// in `unless`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunWhen {
    pub tag: String,
    pub env: BTreeMap<String, String>,
    #[serde(default)]
    pub unless: Vec<String>,
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
    /// Whether it only tries what was made before: `check` does that in its own way.
    #[serde(default)]
    pub trial: bool,
}

/// A suggestion for the user of a new project.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Next {
    /// A command, or a file to read.
    pub run: String,
    /// What it is good for.
    pub to: String,
    /// The tag of projects that need it before anything else works; the others do not get it.
    pub when: Option<String>,
}

/// What `check` may do with the starters' primitives.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckRules {
    /// Arguments that make a tool safe to call, as JSON text.
    #[serde(default)]
    pub call: BTreeMap<String, String>,
}

/// Read TOML text as `T`.
///
/// # Errors
///
/// Fails with the position when the text is not TOML or does not fit; `name` says which file it is.
pub fn parse<T: DeserializeOwned>(name: &str, text: &str) -> anyhow::Result<T> {
    toml_edit::de::from_str(text).with_context(|| format!("cannot read `{name}`"))
}
