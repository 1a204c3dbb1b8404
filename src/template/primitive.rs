//! Primitives in a project's files: the one piece of code that registers them, for starters and for `add`. Pure.

mod parameters;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use heck::{ToPascalCase as _, ToSnakeCase as _};

use super::{
    Source, Template,
    compose::{self, Tree},
    manifest::{Effect, First, Insert, Kind, Manifest, PrimitiveEntry, PrimitiveRules},
    render::{Context, Renderer, Value, flag, list, map, text, trusted},
};
use crate::{
    edit::anchor::{self, Order},
    parameter::{CHOICE, Parameter},
    spec::ProjectSpec,
};

/// Insert the lines that register `entry` into the files of `tree`, with what the first of its kind brings. What is there
/// already stays as it is. What could not be inserted, and why, comes back: only what the project works without.
///
/// # Errors
///
/// Fails when a file or its anchor is missing, naming both, or when a line cannot be rendered.
pub(super) fn register(
    tree: &mut Tree,
    template: &Template<'_>,
    (spec, renderer, context): (&ProjectSpec, &Renderer, &Context),
    entry: &PrimitiveEntry,
) -> Result<Vec<String>> {
    for (path, text) in first_files(template, (spec, renderer, context), entry.kind)? {
        tree.entry(path).or_insert(text);
    }
    let failed = format!("cannot add {} `{}`", entry.kind.as_str(), entry.name);
    for First {
        into,
        anchor,
        text,
        among,
    } in &rules(&template.manifest, entry.kind)?.first
    {
        let edited = edit(tree, into, anchor, |file| match among {
            Some(among) => {
                anchor::insert_sorted(file, anchor, among, text.trim_end(), Order::default())
            }
            None => anchor::insert_block(file, anchor, text),
        });
        if let Err(problem) = edited {
            bail!("{failed}: {problem}");
        }
    }
    let mut skipped = Vec::new();
    for line in lines(&template.manifest, renderer, context, entry)? {
        let edited = edit(tree, &line.into, line.anchor, |file| {
            anchor::insert_sorted(file, line.anchor, line.fixed, &line.text, line.order)
        });
        match edited {
            Ok(()) => {}
            Err(problem) if line.optional => skipped.push(problem),
            Err(problem) => bail!("{failed}: {problem}"),
        }
    }
    Ok(skipped)
}

/// Change one file of `tree`; `change` finds no anchor when it returns nothing. Fails with what is wrong.
fn edit(
    tree: &mut Tree,
    into: &str,
    anchor: &str,
    change: impl FnOnce(&str) -> Option<String>,
) -> Result<(), String> {
    let file = tree
        .get_mut(into)
        .ok_or_else(|| format!("there is no `{into}`"))?;
    *file = change(file).ok_or_else(|| format!("anchor `{anchor}` not found in `{into}`"))?;
    Ok(())
}

/// The files that the first primitive of a kind brings.
fn first_files(
    template: &Template<'_>,
    (spec, renderer, context): (&ProjectSpec, &Renderer, &Context),
    kind: Kind,
) -> Result<Tree> {
    let form = format!("first-{}", kind.as_str());
    let sources = template.primitives.get(&form).into_iter().flatten();
    let render = |source: &Source<'_>| {
        let path = compose::path(&source.output, spec);
        let text = if source.rendered {
            renderer.render(&path, source.text, context, &BTreeMap::new())?
        } else {
            source.text.to_owned()
        };
        Ok((path, text))
    };
    sources.map(render).collect()
}

/// A line that registers a primitive.
#[derive(Debug)]
pub struct Line<'a> {
    pub into: String,
    pub anchor: &'a str,
    /// How every line above this anchor starts.
    fixed: &'a str,
    order: Order,
    pub optional: bool,
    pub text: String,
}

fn lines<'a>(
    manifest: &'a Manifest,
    renderer: &Renderer,
    context: &Context,
    entry: &PrimitiveEntry,
) -> Result<Vec<Line<'a>>> {
    let mut context = context.clone();
    context.set("item", map(words(entry)));
    let insert = |insert: &'a Insert| {
        let none = BTreeMap::new();
        let into = renderer.render("path", &insert.into, &context, &none)?;
        Ok(Line {
            anchor: &insert.anchor,
            fixed: insert.line.split("<%").next().unwrap_or_default(),
            order: insert.order,
            optional: insert.optional,
            text: renderer.render(&into, &insert.line, &context, &none)?,
            into,
        })
    };
    rules(manifest, entry.kind)?
        .insert
        .iter()
        .map(insert)
        .collect()
}

fn rules(manifest: &Manifest, kind: Kind) -> Result<&PrimitiveRules> {
    manifest.primitives.get(&kind).with_context(|| {
        format!(
            "{} projects have no primitive of kind {}",
            manifest.title,
            kind.as_str()
        )
    })
}

fn words(entry: &PrimitiveEntry) -> Vec<(&'static str, Value)> {
    vec![
        ("kind", trusted(entry.kind.as_str())),
        ("name", trusted(&entry.name)),
        ("snake", trusted(entry.name.to_snake_case())),
        ("pascal", trusted(entry.name.to_pascal_case())),
        ("summary", text(&entry.summary)),
    ]
}

/// Adds primitives to one project, and takes them out again.
pub struct Editor<'a> {
    template: &'a Template<'a>,
    spec: &'a ProjectSpec,
    renderer: Renderer,
    context: Context,
}

impl<'a> Editor<'a> {
    /// # Errors
    ///
    /// Fails when the template is broken.
    pub fn new(template: &'a Template<'a>, spec: &'a ProjectSpec) -> Result<Self> {
        Ok(Self {
            template,
            spec,
            renderer: Renderer::new()?,
            context: compose::context_of(template, spec)?,
        })
    }

    /// The files that are all the primitive's own.
    ///
    /// # Errors
    ///
    /// Fails when the template is broken, or a parameter cannot be read.
    pub fn files(&self, entry: &PrimitiveEntry) -> Result<Tree> {
        let mut context = self.context.clone();
        context.set("item", map(self.details(entry)?));
        let form = form(entry);
        let sources = self.template.primitives.get(form).with_context(|| {
            let title = &self.template.manifest.title;
            format!("{title} projects cannot be given a {form}")
        })?;
        let mut tree = Tree::new();
        for source in sources {
            let path = compose::path(&source.output, self.spec);
            let path = path.replace("[item]", &entry.name.to_snake_case());
            let rendered = self
                .renderer
                .render(&path, source.text, &context, &BTreeMap::new());
            tree.insert(
                path,
                rendered.with_context(|| format!("cannot render `{}`", source.name))?,
            );
        }
        Ok(tree)
    }

    /// The lines that register the primitive.
    ///
    /// # Errors
    ///
    /// Fails when a line cannot be rendered.
    pub fn lines(&self, entry: &PrimitiveEntry) -> Result<Vec<Line<'a>>> {
        lines(
            &self.template.manifest,
            &self.renderer,
            &self.context,
            entry,
        )
    }

    /// See `register`.
    ///
    /// # Errors
    ///
    /// See `register`.
    pub fn register(&self, tree: &mut Tree, entry: &PrimitiveEntry) -> Result<Vec<String>> {
        let rendering = (self.spec, &self.renderer, &self.context);
        register(tree, self.template, rendering, entry)
    }

    /// Every file that registering the primitive may change or create.
    ///
    /// # Errors
    ///
    /// Fails when the template is broken.
    pub fn touched(&self, entry: &PrimitiveEntry) -> Result<BTreeSet<String>> {
        let rendering = (self.spec, &self.renderer, &self.context);
        let mut paths: BTreeSet<String> = first_files(self.template, rendering, entry.kind)?
            .into_keys()
            .collect();
        let rules = rules(&self.template.manifest, entry.kind)?;
        paths.extend(rules.first.iter().map(|first| first.into.clone()));
        paths.extend(self.lines(entry)?.into_iter().map(|line| line.into));
        Ok(paths)
    }

    /// Take the lines out again that register the primitive; one that is not there is none to take out.
    ///
    /// # Errors
    ///
    /// Fails when a line cannot be rendered.
    pub fn unregister(&self, tree: &mut Tree, entry: &PrimitiveEntry) -> Result<()> {
        for line in self.lines(entry)? {
            if let Some(file) = tree.get_mut(&line.into) {
                let other = |known: &&str| known.trim_end_matches(['\r', '\n']) != line.text;
                *file = file.split_inclusive('\n').filter(other).collect();
            }
        }
        Ok(())
    }

    /// Files and texts that show that the name is taken by something that is not a primitive.
    ///
    /// # Errors
    ///
    /// Fails when a text cannot be rendered.
    pub fn clashes(&self, entry: &PrimitiveEntry) -> Result<Vec<(&'a str, String)>> {
        let mut context = self.context.clone();
        context.set("item", map(words(entry)));
        let rules = rules(&self.template.manifest, entry.kind)?;
        let clashes = rules.clash.iter().map(|clash| {
            let text =
                self.renderer
                    .render(&clash.file, &clash.text, &context, &BTreeMap::new())?;
            Ok((clash.file.as_str(), text))
        });
        clashes.collect()
    }

    /// What the file of a primitive can name.
    fn details(&self, entry: &PrimitiveEntry) -> Result<Vec<(&'static str, Value)>> {
        let mut details = words(entry);
        let read_only = entry.effect == Some(Effect::ReadOnly);
        details.push(("title", trusted(title(&entry.name))));
        details.push(("read_only", self.truth(read_only)));
        details.push(("destructive", self.truth(!read_only)));
        let idempotent = read_only || entry.idempotent;
        details.push(("idempotent", self.truth(idempotent)));
        details.push(("open_world", self.truth(entry.open_world)));
        let mut parameters = Vec::new();
        for given in &entry.parameters {
            parameters.push(Parameter::parse(
                given,
                entry.kind,
                &self.template.manifest,
            )?);
        }
        let last = parameters.len();
        let values = parameters
            .iter()
            .zip(1..)
            .map(|(it, at)| self.parameter(it, at == last));
        details.push(("parameters", list(values.collect::<Result<Vec<_>>>()?)));
        let choices = parameters.iter().filter(|it| it.kind == CHOICE);
        details.push(("choices", list(choices.map(parameters::choice))));
        let defaults = parameters.iter().filter(|it| it.default.is_some());
        let defaults = defaults.map(|it| self.parameter(it, false));
        details.push(("defaults", list(defaults.collect::<Result<Vec<_>>>()?)));
        if let Some(uri) = &entry.uri {
            let (before, rest) = uri.split_once('{').unwrap_or((uri, ""));
            let (variable, after) = rest.split_once('}').unwrap_or_default();
            details.push(("uri", text(uri)));
            details.push(("before", text(before)));
            details.push(("after", text(after)));
            details.push(("variable", trusted(variable)));
            details.push(("example_uri", text(format!("{before}example{after}"))));
        }
        Ok(details)
    }
}

/// The directory of the files of such a primitive.
fn form(entry: &PrimitiveEntry) -> &'static str {
    match entry.kind {
        Kind::Resource if entry.uri.as_ref().is_some_and(|uri| uri.contains('{')) => {
            "resource-template"
        }
        kind => kind.as_str(),
    }
}

/// `get-weather` → `Get weather`.
#[must_use]
pub fn title(name: &str) -> String {
    let words = name.to_snake_case().replace('_', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect()
}
