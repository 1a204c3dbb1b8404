//! Which answers to try: a covering array over all options of a template, joined with every combination of those options
//! that change a source file. Derived from the manifests, so a new option or choice is covered without a change here.

use std::collections::{BTreeMap, BTreeSet};

use create_mcp_server::{
    answers::Answers,
    spec::ProjectSpec,
    template::{Template, compose::compose},
};

/// Option id → choice id.
pub type Combo = BTreeMap<String, String>;

/// Every combination worth building, without repetition.
pub fn to_build(template: &Template<'_>) -> BTreeSet<Combo> {
    let mut combos = pairwise(&axes(template));
    combos.extend(product(&sources(template)).into_iter().map(|combo| {
        let mut whole = defaults(template);
        whole.extend(combo);
        whole
    }));
    combos
}

/// Every combination of the options that change a source file, the others at their defaults.
pub fn changing_sources(template: &Template<'_>) -> BTreeSet<Combo> {
    product(&sources(template))
        .into_iter()
        .map(|combo| {
            let mut whole = defaults(template);
            whole.extend(combo);
            whole
        })
        .collect()
}

pub fn defaults(template: &Template<'_>) -> Combo {
    let options = template.options().iter();
    options
        .map(|option| (option.id.clone(), option.default.clone()))
        .collect()
}

/// The choices in the manifest's order, for the name of a case.
pub fn words(template: &Template<'_>, combo: &Combo, separator: &str) -> String {
    let options = template.options().iter();
    let choices: Vec<&str> = options.map(|option| combo[&option.id].as_str()).collect();
    choices.join(separator).replace('.', "")
}

/// An option and its choices.
type Axis = (String, Vec<String>);

fn axes(template: &Template<'_>) -> Vec<Axis> {
    let options = template.options().iter();
    options
        .map(|option| {
            let choices = option.choices.iter().map(|choice| choice.id.clone());
            (option.id.clone(), choices.collect())
        })
        .collect()
}

/// The axes along which a file of the source tree, or a dependency, differs.
fn sources(template: &Template<'_>) -> Vec<Axis> {
    let base = defaults(template);
    axes(template)
        .into_iter()
        .filter(|(id, choices)| {
            let trees: BTreeSet<_> = choices
                .iter()
                .map(|choice| {
                    let mut combo = base.clone();
                    combo.insert(id.clone(), choice.clone());
                    source_files(template, &combo)
                })
                .collect();
            trees.len() > 1
        })
        .collect()
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

fn product(axes: &[Axis]) -> Vec<Combo> {
    let mut combos = vec![Combo::new()];
    for (id, choices) in axes {
        combos = combos
            .iter()
            .flat_map(|combo| {
                choices.iter().map(|choice| {
                    let mut longer = combo.clone();
                    longer.insert(id.clone(), choice.clone());
                    longer
                })
            })
            .collect();
    }
    combos
}

/// Greedy: of all combinations, take the one with the most pairs not seen yet until every pair was seen.
fn pairwise(axes: &[Axis]) -> BTreeSet<Combo> {
    let all = product(axes);
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
