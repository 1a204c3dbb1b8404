//! Templates: loading them, and rendering a [`ProjectSpec`](crate::spec::ProjectSpec) into a tree of files.

pub mod compose;
pub mod embed;
pub mod escape;
pub mod layer;
pub mod manifest;
pub mod merge;
pub mod primitive;
pub mod render;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use crate::{error::Failure, workspace::Standing};
use layer::{Layer, Origin};
use manifest::{Manifest, NameRules, OptionSpec, Reserved, SharedManifest};

const SHARED: &str = "_shared";
const MANIFEST: &str = "template.toml";
const LAYER_FILE: &str = "layer.toml";
/// The names of all packages that some project of a language depends on, a line each: written from the tests' lock.
const DEPENDENCIES: &str = "dependencies.txt";
/// The directory of a language's files for primitives that are added later: `primitives/<form>/<path>`.
const PRIMITIVES: &str = "primitives";

/// Files of a template tree: path below `templates/` → contents.
pub type Sources<'a> = Vec<(String, &'a [u8])>;

/// The template of one language: its manifest, and the layers of its own and of `_shared`.
#[derive(Debug)]
pub struct Template<'a> {
    manifest: Manifest,
    /// What can be chosen.
    options: Vec<OptionSpec>,
    /// Options with every choice, also those that the language lacks.
    all_options: Vec<OptionSpec>,
    layers: Vec<LayerSources<'a>>,
    /// Form of a primitive → the files of one.
    primitives: BTreeMap<String, Vec<Source<'a>>>,
}

/// A layer's directory.
#[derive(Debug)]
struct LayerSources<'a> {
    layer: Layer,
    /// Text of its `layer.toml`.
    facts: Option<&'a str>,
    sources: Vec<Source<'a>>,
}

/// One file of a layer.
#[derive(Debug)]
struct Source<'a> {
    /// Path in the layer.
    name: String,
    /// Path in the project, with placeholders.
    output: String,
    role: Role,
    /// Whether the text is a template.
    rendered: bool,
    text: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Role {
    File,
    Merge,
    Part(String),
}

/// All templates in the binary: that of the default language, then the others by id.
///
/// # Errors
///
/// Fails when an embedded file is broken, which is a bug in this program.
pub fn embedded() -> Result<Vec<Template<'static>>> {
    load(&embed::files())
}

/// The template of the language `id`.
///
/// # Errors
///
/// A usage failure when there is none.
pub fn find<'a, 'b>(templates: &'a [Template<'b>], id: &str) -> Result<&'a Template<'b>> {
    let mut templates = templates.iter();
    templates
        .find(|template| template.manifest.id == id)
        .ok_or_else(|| {
            Failure::usage(format!(
                "this program has no template `{}`",
                id.escape_debug()
            ))
            .hint("see `create-mcp-server list`, or use the version that created the project")
            .into()
        })
}

/// Load every language of `sources`.
///
/// # Errors
///
/// Fails when a manifest cannot be read or a file is not text.
pub fn load<'a>(sources: &Sources<'a>) -> Result<Vec<Template<'a>>> {
    let mut files: BTreeMap<&str, BTreeMap<&str, &'a str>> = BTreeMap::new();
    for (path, bytes) in sources {
        if let Some((language, rest)) = path.split_once('/') {
            let text =
                std::str::from_utf8(bytes).with_context(|| format!("`{path}` is not text"))?;
            files.entry(language).or_default().insert(rest, text);
        }
    }
    let shared_files = files.remove(SHARED).unwrap_or_default();
    let shared: SharedManifest = match shared_files.get(MANIFEST) {
        Some(text) => manifest::parse(MANIFEST, text)?,
        None => SharedManifest::default(),
    };
    let mut templates = files
        .into_iter()
        .map(|(language, files)| {
            let text = files
                .get(MANIFEST)
                .with_context(|| format!("`{language}` has no {MANIFEST}"))?;
            let mut manifest: Manifest = manifest::parse(&format!("{language}/{MANIFEST}"), text)?;
            reserve(&mut manifest.names, files.get(DEPENDENCIES));
            let (primitives, files) = split_primitives(files);
            let mut layers = split_layers(Origin::Shared, &shared_files);
            layers.extend(split_layers(Origin::Language, &files));
            let all_options = shared.options.iter().chain(&manifest.options);
            let all_options: Vec<OptionSpec> = all_options.cloned().collect();
            Ok(Template {
                options: without(&all_options, &manifest.lacks),
                manifest,
                all_options,
                layers,
                primitives,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    templates.sort_by_key(|template| Some(&template.manifest.id) != shared.language.as_ref());
    Ok(templates)
}

/// Take the names in the list of dependencies: a project with the name of one of them does not build, or with another package than
/// was meant.
fn reserve(names: &mut NameRules, dependencies: Option<&&str>) {
    if let (Some(reason), Some(list)) = (&names.dependencies, dependencies) {
        names.reserved.push(Reserved {
            reason: reason.clone(),
            words: list.lines().map(str::to_owned).collect(),
            everywhere: false,
        });
    }
}

/// `options` without the choices that bring one of the tags in `lacks`.
fn without(options: &[OptionSpec], lacks: &[String]) -> Vec<OptionSpec> {
    let mut options = options.to_vec();
    for option in &mut options {
        option
            .choices
            .retain(|choice| !choice.tags.iter().any(|tag| lacks.contains(tag)));
    }
    options.retain(|option| {
        !option.choices.is_empty() && !option.requires.iter().any(|tag| lacks.contains(tag))
    });
    options
}

impl Template<'_> {
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Every option with the choices that there are, the shared ones first.
    #[must_use]
    pub fn options(&self) -> &[OptionSpec] {
        &self.options
    }

    /// Every tag that some choice brings, in the order of the options.
    #[must_use]
    pub fn declared_tags(&self) -> Vec<String> {
        let mut tags = Vec::new();
        let options = self.all_options.iter();
        for choice in options.flat_map(|option| &option.choices) {
            for tag in &choice.tags {
                if !tags.contains(tag) {
                    tags.push(tag.clone());
                }
            }
        }
        tags.extend(Standing::all_tags().map(str::to_owned));
        tags
    }

    /// Whether other languages have this choice of `option`, and this one does not yet.
    #[must_use]
    pub fn lacks(&self, option: &str, choice: &str) -> bool {
        let has = |options: &[OptionSpec]| {
            let mut found = options.iter().filter(|it| it.id == option);
            found.any(|it| it.choice(choice).is_some())
        };
        has(&self.all_options) && !has(&self.options)
    }

    /// For each of the tags in `requires`, the answers that bring it, as flags.
    #[must_use]
    pub fn answers_for(&self, requires: &[String]) -> Vec<Vec<String>> {
        let flags = |tag| {
            let others = self.options.iter().flat_map(move |other| {
                let brings = other.choices.iter().filter(move |it| it.tags.contains(tag));
                brings.map(|choice| format!("--{}={}", other.id, choice.id))
            });
            others.collect()
        };
        requires.iter().map(flags).collect()
    }

    /// The same in words.
    #[must_use]
    pub fn conditions_of(&self, requires: &[String]) -> String {
        let answers = self.answers_for(requires);
        let either: Vec<String> = answers.iter().map(|flags| flags.join(" or ")).collect();
        either.join(", and ")
    }

    /// Every layer, active or not.
    #[must_use]
    pub fn layers(&self) -> Vec<Layer> {
        self.layers
            .iter()
            .map(|sources| sources.layer.clone())
            .collect()
    }
}

/// The sources of primitives, and all other files.
fn split_primitives<'a, 'b>(
    files: BTreeMap<&'b str, &'a str>,
) -> (
    BTreeMap<String, Vec<Source<'a>>>,
    BTreeMap<&'b str, &'a str>,
) {
    let mut forms: BTreeMap<String, Vec<Source<'a>>> = BTreeMap::new();
    let mut others = BTreeMap::new();
    for (path, text) in files {
        let inside = path
            .strip_prefix(PRIMITIVES)
            .and_then(|rest| rest.strip_prefix('/'));
        match inside.and_then(|rest| rest.split_once('/')) {
            Some((form, name)) => {
                let sources = forms.entry(form.to_owned()).or_default();
                sources.push(source(name, text));
            }
            None => {
                others.insert(path, text);
            }
        }
    }
    (forms, others)
}

fn split_layers<'a>(origin: Origin, files: &BTreeMap<&str, &'a str>) -> Vec<LayerSources<'a>> {
    let mut layers: BTreeMap<&str, LayerSources<'a>> = BTreeMap::new();
    for (path, text) in files {
        let Some((name, rest)) = path.split_once('/') else {
            continue;
        };
        let entry = layers.entry(name).or_insert_with(|| LayerSources {
            layer: Layer {
                origin,
                name: name.to_owned(),
            },
            facts: None,
            sources: Vec::new(),
        });
        if rest == LAYER_FILE {
            entry.facts = Some(text);
        } else {
            entry.sources.push(source(rest, text));
        }
    }
    layers.into_values().collect()
}

fn source<'a>(name: &str, text: &'a str) -> Source<'a> {
    let (path, rendered) = match name.strip_suffix(".j2") {
        Some(path) => (path, true),
        None => (name, false),
    };
    let (path, role) = if let Some(path) = path.strip_suffix(".merge") {
        (path, Role::Merge)
    } else if let Some((path, part)) = path.rsplit_once(".part-") {
        (path, Role::Part(part.to_owned()))
    } else {
        (path, Role::File)
    };
    Source {
        name: name.to_owned(),
        output: with_dot(path),
        role,
        rendered,
        text,
    }
}

/// Names that get a leading dot in the project; inside `templates/` they must not have one, or git and cargo treat
/// them as their own.
const DOTTED: [&str; 8] = [
    "dockerignore",
    "editorconfig",
    "env.example",
    "gitattributes",
    "github",
    "gitignore",
    "mcp.json",
    "vscode",
];

fn with_dot(path: &str) -> String {
    let first = path.split('/').next().unwrap_or(path);
    if DOTTED.contains(&first) {
        format!(".{path}")
    } else {
        path.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_say_what_a_source_is() {
        for (path, output, role, rendered) in [
            ("Cargo.toml.j2", "Cargo.toml", Role::File, true),
            ("Cargo.toml.merge", "Cargo.toml", Role::Merge, false),
            (
                "src/server.rs.part-methods.j2",
                "src/server.rs",
                Role::Part("methods".to_owned()),
                true,
            ),
            (
                "github/workflows/ci.yml",
                ".github/workflows/ci.yml",
                Role::File,
                false,
            ),
            ("src/mcp.json", "src/mcp.json", Role::File, false),
        ] {
            let source = source(path, "");
            assert_eq!(
                (source.output.as_str(), &source.role, source.rendered),
                (output, &role, rendered)
            );
        }
    }
}
