//! Registering a primitive in a project's files: the one piece of code behind a starter's primitives and `add`. Pure.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use heck::{ToPascalCase as _, ToSnakeCase as _};

use super::{
    compose::Tree,
    manifest::{Insert, Manifest, PrimitiveEntry},
    render::{Context, Renderer, map, text, trusted},
};
use crate::edit::anchor;

/// Insert the lines that register `entry` into the files of `tree`. A line that is there already stays as it is.
///
/// # Errors
///
/// Fails when a file or its anchor is missing, naming both, or when a line cannot be rendered.
pub fn register(
    tree: &mut Tree,
    manifest: &Manifest,
    renderer: &Renderer,
    context: &Context,
    entry: &PrimitiveEntry,
) -> Result<()> {
    let kind = entry.kind.as_str();
    let rules = manifest.primitives.get(&entry.kind).with_context(|| {
        format!(
            "{} projects have no primitive of kind {kind}",
            manifest.title
        )
    })?;
    let mut context = context.clone();
    context.set(
        "item",
        map([
            ("kind", trusted(kind)),
            ("name", trusted(&entry.name)),
            ("snake", trusted(entry.name.to_snake_case())),
            ("pascal", trusted(entry.name.to_pascal_case())),
            ("summary", text(&entry.summary)),
        ]),
    );
    for insert in &rules.insert {
        let Insert { into, anchor, line } = insert;
        let new_line = renderer.render(into, line, &context, &BTreeMap::new())?;
        let file = tree
            .get_mut(into)
            .with_context(|| format!("cannot add {kind} `{}`: there is no `{into}`", entry.name))?;
        let fixed = line.split("<%").next().unwrap_or_default();
        *file = anchor::insert_sorted(file, anchor, fixed, &new_line).with_context(|| {
            format!(
                "cannot add {kind} `{}`: anchor `{anchor}` not found in `{into}`",
                entry.name
            )
        })?;
    }
    Ok(())
}
