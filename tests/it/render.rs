//! Every combination of options, rendered in memory: each file is well-formed, and the template trees keep their rules.

use std::collections::{BTreeMap, BTreeSet};

use create_mcp_server::{
    answers::Answers,
    spec::ProjectSpec,
    template::{Template, compose, embed, embedded, layer},
};

use crate::support::{combinations, every, parse};

fn spec(template: &Template<'_>, name: &str, options: BTreeMap<String, String>) -> ProjectSpec {
    let answers = Answers {
        name: Some(name.to_owned()),
        year: Some(2026),
        options,
        ..Answers::default()
    };
    ProjectSpec::new(&answers, template).expect("valid answers")
}

#[test]
fn every_combination_renders_well_formed_files() {
    for template in embedded().expect("templates load") {
        let mut count = 0;
        // Most files are the same in many combinations, and looking at one takes longer than rendering it.
        let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let all = combinations::all(template.options());
        for options in all.into_iter().step_by(every(7)) {
            let spec = spec(&template, "my-server", options.clone());
            let tree = compose::compose(&template, &spec)
                .unwrap_or_else(|error| panic!("{options:?}: {error:#}"))
                .tree;
            let (listed, there) = sources(&tree, &spec);
            assert!(listed.is_subset(&there), "{options:?}: {listed:?}");
            for (path, text) in tree {
                let texts = seen.entry(path.clone()).or_default();
                if texts.contains(&text) {
                    continue;
                }
                parse::well_formed(&path, &text)
                    .unwrap_or_else(|problem| panic!("{path} of {options:?}: {problem}\n{text}"));
                texts.insert(text);
            }
            count += 1;
        }
        assert!(count >= 48, "{count} combinations");
        let python = seen.into_iter().filter(|(path, _)| parse::is_python(path));
        let python = python.flat_map(|(_, texts)| texts).collect();
        parse::python(&python).unwrap_or_else(|problem| panic!("{problem}"));
    }
}

/// The sources that a project's README lists, and those that there are.
fn sources<'a>(
    tree: &'a BTreeMap<String, String>,
    spec: &ProjectSpec,
) -> (BTreeSet<&'a str>, BTreeSet<&'a str>) {
    let (_, layout) = tree["README.md"].split_once("```text\n").expect("a layout");
    let (layout, _) = layout.split_once("```").expect("the end of the layout");
    let listed = layout
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|path| *path != "tests/")
        .collect();
    // A package's files are listed by their path in it, and its tests lie flat.
    let package = format!("src/{}/", spec.name.snake());
    let there = tree
        .keys()
        // A package's own file says nothing.
        .filter(|path| path.starts_with("src/") && !path.ends_with("/__init__.py"))
        .map(|path| match path.strip_prefix(&package) {
            Some(path) => up_to_slash(path, 0),
            None => up_to_slash(path, 1),
        })
        .collect();
    (listed, there)
}

/// `path` up to its slash number `nth`, if it has so many.
fn up_to_slash(path: &str, nth: usize) -> &str {
    let slash = path.match_indices('/').nth(nth);
    slash.map_or(path, |(at, _)| &path[..=at])
}

#[test]
fn every_layer_is_reached_by_some_combination() {
    for template in embedded().expect("templates load") {
        let (mut reached, mut possible) = (BTreeSet::new(), BTreeSet::new());
        let declared = template.declared_tags();
        for options in combinations::all(template.options()) {
            let mut tags = spec(&template, "x", options).tags;
            // Where a project lies in a workspace is not an option.
            tags.extend(["apart", "member", "standalone"].map(str::to_owned));
            for layer in layer::active(&template.layers(), &tags, &declared) {
                reached.insert(layer.name);
            }
            possible.extend(tags);
        }
        // What only a choice brings that the language lacks.
        let missing = |tag: &&str| declared.iter().any(|it| it == tag) && !possible.contains(*tag);
        let all: BTreeSet<String> = template
            .layers()
            .into_iter()
            .filter(|layer| !layer.tags().iter().any(missing))
            .map(|layer| layer.name)
            .collect();
        assert_eq!(
            reached, all,
            "a layer's name is misspelled, or its tags exclude each other"
        );
    }
}

#[test]
fn what_a_language_lacks_is_left_out_and_nothing_else() {
    for template in embedded().expect("templates load") {
        let lacks = &template.manifest().lacks;
        let declared = template.declared_tags();
        let id = &template.manifest().id;
        for tag in lacks {
            assert!(
                declared.contains(tag),
                "{id} lacks `{tag}`, which no choice brings"
            );
        }
        for option in template.options() {
            assert!(
                option.choice(&option.default).is_some(),
                "{id} lacks the default of --{}",
                option.id
            );
        }
        let own = |layer: &layer::Layer| layer.origin == layer::Origin::Language;
        for layer in template.layers().into_iter().filter(own) {
            for tag in layer.tags() {
                assert!(
                    !lacks.iter().any(|it| it == tag),
                    "{id} has a layer for `{tag}`"
                );
            }
        }
    }
}

#[test]
fn every_context_key_and_version_is_used() {
    let sources: Vec<String> = embed::files()
        .into_iter()
        .map(|(_, bytes)| String::from_utf8(bytes.to_vec()).expect("templates are text"))
        .collect();
    let used = |key: &str| sources.iter().any(|text| text.contains(key));
    for key in [
        "name",
        "names.kebab",
        "names.snake",
        "version",
        "description",
        "holder",
        "year",
        "item.name",
    ] {
        assert!(used(&format!("<%= {key} %>")), "`{key}` is printed nowhere");
    }
    // What a language lacks has versions that nothing names yet.
    let templates = embedded().expect("templates load").into_iter();
    for template in templates.filter(|it| it.manifest().lacks.is_empty()) {
        for version in template.manifest().versions.keys() {
            assert!(
                used(&format!("versions.{version}")),
                "version `{version}` is used nowhere"
            );
        }
    }
}

/// A part that its file does not print is lost without an error.
#[test]
fn every_part_is_printed_by_its_file() {
    for template in embedded().expect("templates load") {
        let id = template.manifest().id.clone();
        let files = embed::files();
        let own: Vec<(&str, &str)> = files
            .iter()
            .filter_map(|(path, bytes)| {
                let (root, rest) = path.split_once('/')?;
                let (_, path) = rest.split_once('/')?;
                let text = std::str::from_utf8(bytes).ok()?;
                (root == id || root == "_shared").then_some((path, text))
            })
            .collect();
        for (path, _) in &own {
            let Some((file, part)) = path.split_once(".part-") else {
                continue;
            };
            let part = part.strip_suffix(".j2").unwrap_or(part);
            let printed = own.iter().any(|(path, text)| {
                let rest = path.strip_prefix(file);
                let prints = rest.is_some_and(|it| it == ".j2" || it.starts_with(".part-"));
                prints && text.contains(&format!(" in parts.{part} "))
            });
            assert!(printed, "{id}: {file} does not print its part `{part}`");
        }
    }
}

#[test]
fn templates_branch_rarely_and_sources_never() {
    for (path, bytes) in embed::files() {
        let text = String::from_utf8_lossy(bytes);
        let count = text.matches("<% if").count();
        let budget = if path.contains(".rs") || path.contains(".py") {
            0
        } else {
            2
        };
        assert!(
            count <= budget,
            "{path} has {count} `if`, and {budget} are allowed"
        );
        let mut depth = 0;
        for tag in text.split("<% ").skip(1) {
            depth += i32::from(tag.starts_with("if ")) - i32::from(tag.starts_with("endif"));
            assert!((0..=1).contains(&depth), "{path} nests `if`");
        }
    }
}

#[test]
fn the_source_names_no_language() {
    let languages: Vec<String> = embedded()
        .expect("templates load")
        .iter()
        .map(|template| format!("\"{}\"", template.manifest().id))
        .collect();
    let mut directories = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(directory) = directories.pop() {
        for entry in directory.read_dir().expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("readable");
            for language in &languages {
                assert!(
                    !text.contains(language.as_str()),
                    "{} names {language}",
                    path.display()
                );
            }
        }
    }
}
