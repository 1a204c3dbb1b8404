//! Composition: active layers become one tree of rendered files. Pure.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};

use super::{
    LayerSources, Role, Source, Template,
    layer::{self, Layer},
    manifest::{self, LayerFile, ListItem, PrimitiveEntry, Support},
    merge, primitive,
    render::{Context, Renderer, Value, flag, list, map, text, trusted},
};
use crate::spec::ProjectSpec;

/// A rendered project: path → text.
pub type Tree = BTreeMap<String, String>;

/// Part name → texts, for one file.
type Parts = BTreeMap<String, Vec<String>>;

/// What templates of `template` can name in the project of `spec`.
///
/// # Errors
///
/// Fails when a `layer.toml` cannot be read.
pub(super) fn context_of(template: &Template<'_>, spec: &ProjectSpec) -> Result<Context> {
    let (lists, ..) = collect_lists(&active_sources(template, spec))?;
    Ok(context(template, spec, lists))
}

/// A rendered project and the primitives it was given.
#[derive(Debug)]
pub struct Composed {
    pub tree: Tree,
    pub primitives: Vec<PrimitiveEntry>,
    /// What is removed with the last of the primitives that use it.
    pub support: Vec<Support>,
}

/// Render every file of the project that `spec` describes, without its answers file.
///
/// # Errors
///
/// Fails on a contradiction between layers or an error in a template: bugs in the template, not of the user.
pub fn compose(template: &Template<'_>, spec: &ProjectSpec) -> Result<Composed> {
    let active = active_sources(template, spec);
    let (lists, primitives, support) = collect_lists(&active)?;
    let context = context(template, spec, lists);
    let renderer = Renderer::new()?;
    let mut composer = Composer {
        renderer: &renderer,
        context: &context,
        parts: part_names(template),
        tree: Tree::new(),
    };
    let sources: Vec<&Source<'_>> = active.iter().flat_map(|layer| &layer.sources).collect();
    composer.render_parts(&sources, spec)?;
    composer.render_files(&sources, spec)?;
    composer.render_merges(&sources, spec)?;
    let mut tree = composer.tree;
    let support = support
        .into_iter()
        .map(|it| fill(it, spec, &renderer, &context))
        .collect::<Result<_>>()?;
    for entry in &primitives {
        let rendering = (spec, &renderer, &context);
        let skipped = primitive::register(&mut tree, template, rendering, entry)?;
        if let Some(problem) = skipped.first() {
            bail!("cannot register `{}`: {problem}", entry.name);
        }
    }
    Ok(Composed {
        tree,
        primitives,
        support,
    })
}

/// Fill in paths and texts.
fn fill(
    mut support: Support,
    spec: &ProjectSpec,
    renderer: &Renderer,
    context: &Context,
) -> Result<Support> {
    for file in &mut support.files {
        *file = path(file, spec);
    }
    for part in &mut support.texts {
        part.into = path(&part.into, spec);
        part.text = renderer.render(&part.into, &part.text, context, &Parts::new())?;
    }
    Ok(support)
}

struct Composer<'a> {
    renderer: &'a Renderer,
    context: &'a Context,
    parts: BTreeMap<String, Parts>,
    tree: Tree,
}

impl Composer<'_> {
    fn render(&self, source: &Source<'_>, output: &str, parts: &Parts) -> Result<String> {
        if source.rendered {
            self.renderer
                .render(output, source.text, self.context, parts)
                .with_context(|| format!("cannot render template file `{}`", source.name))
        } else {
            Ok(source.text.to_owned())
        }
    }

    fn render_parts(&mut self, sources: &[&Source<'_>], spec: &ProjectSpec) -> Result<()> {
        for source in sources {
            if let Role::Part(part) = &source.role {
                let output = path(&source.output, spec);
                let mut text = self.render(source, &output, &Parts::new())?;
                // The line that prints the part ends it.
                if text.ends_with('\n') {
                    text.pop();
                }
                let parts = self.parts.entry(source.output.clone()).or_default();
                parts.entry(part.clone()).or_default().push(text);
            }
        }
        Ok(())
    }

    fn render_files(&mut self, sources: &[&Source<'_>], spec: &ProjectSpec) -> Result<()> {
        let none = Parts::new();
        for source in sources {
            if source.role == Role::File {
                let output = path(&source.output, spec);
                let parts = self.parts.get(&source.output).unwrap_or(&none);
                let text = self.render(source, &output, parts)?;
                if self.tree.insert(output.clone(), text).is_some() {
                    bail!("two active layers write `{output}`");
                }
            }
        }
        Ok(())
    }

    fn render_merges(&mut self, sources: &[&Source<'_>], spec: &ProjectSpec) -> Result<()> {
        for source in sources {
            if source.role == Role::Merge {
                let output = path(&source.output, spec);
                let fragment = self.render(source, &output, &Parts::new())?;
                let text = self.tree.get_mut(&output).with_context(|| {
                    format!("nothing to merge into: no active layer writes `{output}`")
                })?;
                *text = merge::merge(&output, text, &fragment)?;
            }
        }
        Ok(())
    }
}

/// The path in the project, placeholders filled in.
pub(super) fn path(output: &str, spec: &ProjectSpec) -> String {
    output.replace("[module]", spec.name.snake())
}

fn active_sources<'a, 'b>(
    template: &'a Template<'b>,
    spec: &ProjectSpec,
) -> Vec<&'a LayerSources<'b>> {
    let order = layer::active(&template.layers(), &spec.tags, &template.declared_tags());
    let find = |wanted: &Layer| {
        template
            .layers
            .iter()
            .find(|sources| sources.layer == *wanted)
    };
    order.iter().filter_map(find).collect()
}

/// For each file, every part name that some layer of the template knows, so that an empty part is an empty list and a
/// misspelled one is an error.
fn part_names(template: &Template<'_>) -> BTreeMap<String, Parts> {
    let mut known: BTreeMap<String, Parts> = BTreeMap::new();
    for source in template.layers.iter().flat_map(|layer| &layer.sources) {
        if let Role::Part(part) = &source.role {
            known
                .entry(source.output.clone())
                .or_default()
                .entry(part.clone())
                .or_default();
        }
    }
    known
}

type Lists = BTreeMap<String, Vec<ListItem>>;

type Facts = (Lists, Vec<PrimitiveEntry>, Vec<Support>);

fn collect_lists(active: &[&LayerSources<'_>]) -> Result<Facts> {
    let mut lists = Lists::new();
    let mut primitives = Vec::new();
    let mut support = Vec::new();
    for sources in active {
        let Some(text) = sources.facts else {
            continue;
        };
        let facts: LayerFile =
            manifest::parse(&format!("{}/layer.toml", sources.layer.name), text)?;
        primitives.extend(facts.primitives);
        support.extend(facts.support);
        for (name, items) in facts.lists {
            lists.entry(name).or_default().extend(items);
        }
    }
    for items in lists.values_mut() {
        // Plain words are a set; tables keep the order of their layers.
        if items.iter().all(|item| matches!(item, ListItem::Text(_))) {
            let sorted: BTreeSet<ListItem> = std::mem::take(items).into_iter().collect();
            items.extend(sorted);
        }
    }
    primitives.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    Ok((lists, primitives, support))
}

fn context(template: &Template<'_>, spec: &ProjectSpec, lists: Lists) -> Context {
    let manifest = template.manifest();
    let name = &spec.name;
    let holder = spec.author.as_ref().map_or_else(
        || format!("the {} authors", name.typed()),
        |author| author.as_str().to_owned(),
    );
    let on = |tag: String| {
        let holds = spec.tags.contains(&tag);
        (tag, flag(holds))
    };
    let mut context = Context::default();
    context.set("name", text(name.typed()));
    context.set(
        "names",
        map([
            ("kebab", trusted(name.kebab())),
            ("snake", trusted(name.snake())),
            ("pascal", trusted(name.pascal())),
        ]),
    );
    context.set("description", text(spec.description.as_str()));
    context.set("version", trusted(spec.version.to_string()));
    context.set("holder", text(holder));
    context.set("year", trusted(spec.year.to_string()));
    context.set("on", map(template.declared_tags().into_iter().map(on)));
    context.set("versions", words(&manifest.versions));
    context.set(
        "lists",
        map(lists
            .into_iter()
            .map(|(name, items)| (name, list(items.into_iter().map(item))))),
    );
    context
}

fn words(pairs: &BTreeMap<String, String>) -> Value {
    map(pairs
        .iter()
        .map(|(key, value)| (key.as_str(), trusted(value))))
}

fn item(item: ListItem) -> Value {
    match item {
        ListItem::Text(text) => trusted(text),
        ListItem::Table(table) => words(&table),
    }
}
