//! `template.toml`: the facts of a template, as types. No logic that belongs to one language.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use heck::ToSnakeCase as _;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    edit::anchor::{self, Order},
    version::VersionRule,
};

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

/// Hosts cut longer names of tools, together with the server's, at 64.
fn max_name() -> usize {
    48
}

/// A name is taken when `file` contains `text`, rendered with `item`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clash {
    pub file: String,
    pub text: String,
}

/// How a language writes the parameters of tools and prompts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterRules {
    /// The type of a parameter that may be left out; `{}` stands for the type.
    #[serde(default)]
    pub optional: String,
    /// How long a name may be, so that a line of source with it twice still fits.
    #[serde(default = "max_parameter_name")]
    pub max_name: usize,
    /// The value in sources of one that was left out, where the declaration names it.
    pub absent: Option<String>,
    /// Names that only parameters cannot have.
    #[serde(default)]
    pub reserved: Vec<Reserved>,
    /// Whether the variable of a URI is a parameter too, with the same rules for its name.
    #[serde(default)]
    pub in_uris: bool,
    /// Truth values in sources, where they are not `true` and `false`.
    #[serde(default)]
    pub literals: BTreeMap<String, String>,
    /// Lines above a parameter that has a default; `{}` stands for its name.
    #[serde(default)]
    pub with_default: Vec<String>,
    /// The type called so on the command line, as this language writes it.
    #[serde(default)]
    pub types: BTreeMap<String, ParameterType>,
}

fn max_parameter_name() -> usize {
    40
}

/// One type of parameters.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterType {
    /// The type's name in sources.
    pub name: String,
    /// A value of it in sources, for hosts and tests.
    pub example: String,
    /// The same value as JSON.
    pub json: String,
    /// A default in sources; `{}` stands for the literal. Without it, parameters of this type have none.
    pub default: Option<String>,
}

/// Where this language's build tool declares a workspace, with the lists `members` and `exclude`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceRules {
    pub file: String,
    /// The table in it, its keys joined by dots.
    pub table: String,
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

/// What hosts run once a project is installed. `{root}` stands for the project's directory, `{name}` for its package,
/// `{exe}` for the ending of programs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Install {
    /// What makes the project ready to be run.
    pub step: StepSpec,
    /// A path in the project that is there then.
    pub made: String,
    pub command: Vec<String>,
    /// Arguments that let the program read variables from a file, for hosts that pass none on.
    #[serde(default)]
    pub from_file: Vec<String>,
    #[serde(default)]
    pub when: Vec<InstallWhen>,
    /// Present when the project may serve HTTP.
    pub http: Option<InstallHttp>,
}

/// What a project with `tag` needs from the user's environment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstallWhen {
    pub tag: String,
    pub variables: Vec<String>,
}

/// Where hosts reach a project that serves HTTP.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstallHttp {
    pub url: String,
    #[serde(default)]
    pub when: Vec<InstallHttpWhen>,
}

/// Headers of every request to a project with `tag`; `{env:NAME}` stands for a variable of the user's.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstallHttpWhen {
    pub tag: String,
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

/// Read TOML text as `T`.
///
/// # Errors
///
/// Fails with the position when the text is not TOML or does not fit; `name` says which file it is.
pub fn parse<T: DeserializeOwned>(name: &str, text: &str) -> anyhow::Result<T> {
    toml_edit::de::from_str(text).with_context(|| format!("cannot read `{name}`"))
}
