//! Which answers to try: a covering array over all options of a template, joined with every combination of those options
//! that change a source file. Derived from the manifests, so a new option or choice is covered without a change here.

use std::collections::{BTreeMap, BTreeSet};

use create_mcp_server::{
    answers::Answers,
    spec::ProjectSpec,
    template::{Template, compose::compose, manifest::OptionSpec},
};

use crate::combinations;

pub use crate::combinations::Combination as Combo;

/// Every combination worth building, without repetition.
pub fn to_build(template: &Template<'_>) -> BTreeSet<Combo> {
    let mut combos = pairwise(&combinations::all(template.options()));
    combos.extend(changing_sources(template));
    combos
}

/// Every combination of the options that change a source file, the others at their defaults.
pub fn changing_sources(template: &Template<'_>) -> BTreeSet<Combo> {
    let sources = sources(template);
    let options = template.options();
    let plain = |combo: &Combo| {
        let mut others = options
            .iter()
            .filter(|option| !sources.contains(&option.id));
        others.all(|option| combo.get(&option.id).is_none_or(|id| *id == option.default))
    };
    combinations::all(options)
        .into_iter()
        .filter(plain)
        .collect()
}

pub fn defaults(template: &Template<'_>) -> Combo {
    with(template, &Combo::new())
}

/// The defaults, but for what `combo` says; options that then make no sense are left out.
fn with(template: &Template<'_>, combo: &Combo) -> Combo {
    let options = template.options();
    let mut tags = BTreeSet::new();
    let mut whole = Combo::new();
    for option in options {
        if !option.applies(&tags) {
            continue;
        }
        let id = combo.get(&option.id).unwrap_or(&option.default);
        let choice = option.choice(id).expect("a choice of the manifest");
        tags.extend(choice.tags.iter().cloned());
        whole.insert(option.id.clone(), id.clone());
    }
    whole
}

/// The choices in the manifest's order, for the name of a case.
pub fn words(template: &Template<'_>, combo: &Combo, separator: &str) -> String {
    let options = template.options().iter();
    let choices: Vec<&str> = options
        .filter_map(|option| combo.get(&option.id))
        .map(String::as_str)
        .collect();
    choices.join(separator).replace('.', "")
}

/// The options along which a file of the source tree, or a dependency, differs.
fn sources(template: &Template<'_>) -> BTreeSet<String> {
    let differs = |option: &&OptionSpec| {
        let choices = option.choices.iter().map(|choice| {
            let one = [(option.id.clone(), choice.id.clone())].into();
            source_files(template, &with(template, &one))
        });
        choices.collect::<BTreeSet<_>>().len() > 1
    };
    let options = template.options().iter().filter(differs);
    options.map(|option| option.id.clone()).collect()
}

/// What does not render counts as a tree of its own: the test that generates it says what is wrong.
fn source_files(template: &Template<'_>, combo: &Combo) -> BTreeMap<String, String> {
    let answers = Answers {
        name: Some("covering-array".to_owned()),
        options: combo.clone(),
        ..Answers::default()
    };
    let composed = ProjectSpec::new(&answers, template).and_then(|spec| compose(template, &spec));
    let mut tree = match composed {
        Ok(composed) => composed.tree,
        Err(error) => [("src/".to_owned(), format!("{combo:?}: {error}"))].into(),
    };
    tree.retain(|path, _| path.starts_with("src/") || path.starts_with("tests/"));
    tree
}

/// Greedy: of all combinations, take the one with the most pairs not seen yet until every pair was seen.
fn pairwise(all: &[Combo]) -> BTreeSet<Combo> {
    let mut open: BTreeSet<_> = all.iter().flat_map(pairs).collect();
    let mut chosen = BTreeSet::new();
    while !open.is_empty() {
        let new = |combo: &&Combo| {
            pairs(combo)
                .iter()
                .filter(|pair| open.contains(*pair))
                .count()
        };
        let best = all.iter().max_by_key(new).expect("a combination");
        for pair in pairs(best) {
            open.remove(&pair);
        }
        chosen.insert(best.clone());
    }
    chosen
}

type Setting = (String, String);

fn pairs(combo: &Combo) -> Vec<(Setting, Setting)> {
    let settings: Vec<Setting> = combo
        .iter()
        .map(|(id, choice)| (id.clone(), choice.clone()))
        .collect();
    let mut found = Vec::new();
    for (index, left) in settings.iter().enumerate() {
        for right in &settings[index + 1..] {
            found.push((left.clone(), right.clone()));
        }
    }
    found
}
