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

use crate::error::Failure;
use layer::{Layer, Origin};
use manifest::{Manifest, OptionSpec, SharedManifest};

const SHARED: &str = "_shared";
const MANIFEST: &str = "template.toml";
const LAYER_FILE: &str = "layer.toml";

/// Files of a template tree: path below `templates/` → contents.
pub type Sources<'a> = Vec<(String, &'a [u8])>;

/// The template of one language: its manifest, and the layers of its own and of `_shared`.
#[derive(Debug)]
pub struct Template<'a> {
    manifest: Manifest,
    options: Vec<OptionSpec>,
    layers: Vec<LayerSources<'a>>,
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

/// All templates in the binary, ordered by language id.
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
            .hint("see `create-mcp-server list`, or use the version that made the project")
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
    files
        .into_iter()
        .map(|(language, files)| {
            let text = files
                .get(MANIFEST)
                .with_context(|| format!("`{language}` has no {MANIFEST}"))?;
            let manifest: Manifest = manifest::parse(&format!("{language}/{MANIFEST}"), text)?;
            let mut layers = split_layers(Origin::Shared, &shared_files);
            layers.extend(split_layers(Origin::Language, &files));
            let options = shared
                .options
                .iter()
                .chain(&manifest.options)
                .cloned()
                .collect();
            Ok(Template {
                manifest,
                options,
                layers,
            })
        })
        .collect()
}

impl Template<'_> {
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Every option, the shared ones first.
    #[must_use]
    pub fn options(&self) -> &[OptionSpec] {
        &self.options
    }

    /// Every tag that some choice brings, in the order of the options.
    #[must_use]
    pub fn declared_tags(&self) -> Vec<String> {
        let mut tags = Vec::new();
        for choice in self.options.iter().flat_map(|option| &option.choices) {
            for tag in &choice.tags {
                if !tags.contains(tag) {
                    tags.push(tag.clone());
                }
            }
        }
        tags
    }

    /// The answers to other options that bring what `option` requires, as flags.
    #[must_use]
    pub fn answers_for(&self, option: &OptionSpec) -> Vec<String> {
        let mut flags = Vec::new();
        for other in &self.options {
            for choice in &other.choices {
                if choice.tags.iter().any(|tag| option.requires.contains(tag)) {
                    flags.push(format!("--{}={}", other.id, choice.id));
                }
            }
        }
        flags
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
