//! Two layers, one path: fragments of TOML deep-merge, line lists unite. Pure.

use anyhow::{Context as _, Result, bail};
use toml_edit::{Array, DocumentMut, Item, Table, Value};

use super::escape::FileType;

/// Merge `fragment` into the file at `path`.
///
/// # Errors
///
/// Fails when either text cannot be read as its file type, when both give one key different scalars, and for a file whose
/// lines are not a list.
pub fn merge(path: &str, text: &str, fragment: &str) -> Result<String> {
    match FileType::of(path) {
        FileType::Toml => merge_toml(text, fragment),
        FileType::Other => Ok(merge_lines(text, fragment)),
        kind => bail!("cannot merge into `{path}`: {} is never merged", kind.id()),
    }
    .with_context(|| format!("cannot merge into `{path}`"))
}

fn merge_toml(text: &str, fragment: &str) -> Result<String> {
    let mut document: DocumentMut = text.parse()?;
    let fragment: DocumentMut = fragment.parse()?;
    merge_tables(document.as_table_mut(), fragment.as_table())?;
    for (name, item) in document.iter_mut() {
        if name.get().ends_with("dependencies")
            && let Some(table) = item.as_table_mut()
        {
            table.sort_values();
        }
    }
    Ok(document.to_string())
}

fn merge_tables(into: &mut Table, from: &Table) -> Result<()> {
    for (key, addition) in from {
        match (into.get_mut(key), addition) {
            (None, _) => {
                into.insert(key, addition.clone());
            }
            (Some(Item::Table(table)), Item::Table(addition)) => merge_tables(table, addition)?,
            (Some(Item::Value(value)), Item::Value(addition)) => {
                merge_values(key, value, addition)?;
            }
            _ => bail!("`{key}` has two shapes"),
        }
    }
    Ok(())
}

fn merge_values(key: &str, value: &mut Value, addition: &Value) -> Result<()> {
    match (value, addition) {
        (Value::Array(array), Value::Array(addition)) => merge_arrays(key, array, addition),
        (Value::InlineTable(table), Value::InlineTable(addition)) => {
            for (key, addition) in addition {
                match table.get_mut(key) {
                    Some(value) => merge_values(key, value, addition)?,
                    None => {
                        table.insert(key, addition.clone());
                    }
                }
            }
            table.fmt();
        }
        (value, addition) if value.to_string().trim() == addition.to_string().trim() => {}
        _ => bail!("`{key}` has two values"),
    }
    Ok(())
}

/// Longest line of an array that stays on one line.
const WIDTH: usize = 100;

fn merge_arrays(key: &str, array: &mut Array, addition: &Array) {
    let mut all: Vec<Value> = array.iter().chain(addition).cloned().collect();
    for value in &mut all {
        value.decor_mut().clear();
    }
    if ["features", "dependencies", "dev"].contains(&key) {
        all.sort_by_key(ToString::to_string);
    }
    let mut seen: Vec<String> = Vec::new();
    all.retain(|value| {
        let text = value.to_string();
        let fresh = !seen.contains(&text);
        seen.push(text);
        fresh
    });
    let width: usize = seen.iter().map(|text| text.len() + 2).sum();
    *array = all.into_iter().collect();
    if width > WIDTH {
        for value in array.iter_mut() {
            value.decor_mut().set_prefix("\n    ");
        }
        array.set_trailing("\n");
        array.set_trailing_comma(true);
    }
}

/// The lines of `text`, then those of `addition` that it lacks.
fn merge_lines(text: &str, addition: &str) -> String {
    let mut out = text.to_owned();
    for line in addition.lines() {
        if line.is_empty() || !text.lines().any(|known| known == line) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_tables_deep_merge_and_dependencies_are_sorted() {
        let base = "[package]\nname = \"x\"\n\n[dependencies]\nclap = { version = \"4\", features = [\"env\"] }\ntokio = \"1\"\n";
        let fragment = "[package]\nlicense = \"MIT\"\n\n[dependencies]\naxum = \"0.8\"\nclap = { features = [\"derive\"] }\n";
        let merged = merge("Cargo.toml", base, fragment).expect("merges");
        assert_eq!(
            merged,
            "[package]\nname = \"x\"\nlicense = \"MIT\"\n\n[dependencies]\naxum = \"0.8\"\nclap = { version = \"4\", features = [\"derive\", \"env\"] }\ntokio = \"1\"\n"
        );
    }

    #[test]
    fn contradicting_scalars_are_refused() {
        let error = merge("a.toml", "a = 1\n", "a = 2\n").expect_err("refused");
        assert_eq!(
            format!("{error:#}"),
            "cannot merge into `a.toml`: `a` has two values"
        );
        merge("a.toml", "a = 1\n", "a = 1\n").expect("equal is fine");
        assert!(merge("a.toml", "a = 1\n", "[a]\nb = 1\n").is_err());
    }

    #[test]
    fn line_lists_unite() {
        assert_eq!(
            merge(".gitignore", "a\nb\n", "b\nc\n").expect("merges"),
            "a\nb\nc\n"
        );
        for path in ["a.json", "a.yml", "README.md", "LICENSE"] {
            merge(path, "a\n", "b\n").expect_err("no list of lines");
        }
    }
}
