//! Which answers to try: a covering array over all options of a template and over its layers. Derived from the manifests, so
//! a new option, choice or layer is covered without a change here.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use create_mcp_server::{
    answers::Answers,
    spec::ProjectSpec,
    template::{Template, compose::compose, embed, layer, manifest::OptionSpec},
};

use crate::combinations;

pub use crate::combinations::Combination as Combo;

/// Combinations worth building: every two choices that can be made together are, in some of them, and every layer applies in
/// some. Layers of joined tags are where more than two options meet. For a language that is not complete the layers do.
pub fn to_build(template: &Template<'_>) -> BTreeSet<Combo> {
    let mut combos = covering(template, &combinations::all(template.options()));
    combos.insert(defaults(template));
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
        let choice = if choice.applies(&tags) {
            choice
        } else {
            let default = option.choice(&option.default);
            default.expect("a choice of the manifest")
        };
        tags.extend(choice.tags.iter().cloned());
        whole.insert(option.id.clone(), choice.id.clone());
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

/// The same, short enough for the name of a project: four characters of each choice, and nothing of those that are `none`.
pub fn short(template: &Template<'_>, combo: &Combo) -> String {
    let options = template.options().iter();
    let choices = options.filter_map(|option| combo.get(&option.id));
    let choices: Vec<String> = choices
        .filter(|choice| *choice != "none")
        .map(|choice| choice.replace('-', "").chars().take(4).collect())
        .collect();
    choices.join("-")
}

/// The options that change a source file, or a dependency: a layer of theirs has such files, or items for some.
pub fn sources(template: &Template<'_>) -> BTreeSet<String> {
    let files = embed::files();
    let layers: BTreeSet<&str> = files
        .iter()
        .filter_map(|(path, _)| {
            let path = path.strip_prefix(&*template.manifest().id)?;
            let (layer, file) = path.strip_prefix('/')?.split_once('/')?;
            let counts =
                file == "layer.toml" || file.starts_with("src/") || file.starts_with("tests/");
            counts.then_some(layer)
        })
        .collect();
    let tags: BTreeSet<&str> = layers.iter().flat_map(|it| it.split('+')).collect();
    let changes = |option: &&OptionSpec| {
        let mut brought = option.choices.iter().flat_map(|choice| &choice.tags);
        brought.any(|tag| tags.contains(&**tag))
    };
    let options = template.options().iter().filter(changes);
    options.map(|option| option.id.clone()).collect()
}

/// What of a combination decides over the sources.
pub fn essence(deciding: &BTreeSet<String>, combo: &Combo) -> Combo {
    let mut essence = combo.clone();
    essence.retain(|option, _| deciding.contains(option));
    essence
}

/// The files of a project with these answers: path → text.
pub fn tree(template: &Template<'_>, combo: &Combo) -> Result<BTreeMap<String, String>> {
    let answers = Answers {
        name: Some("covering-array".to_owned()),
        options: combo.clone(),
        ..Answers::default()
    };
    let spec = ProjectSpec::new(&answers, template)?;
    Ok(compose(template, &spec)?.tree)
}

/// What does not render counts as a tree of its own: the test that generates it says what is wrong.
pub fn source_files(template: &Template<'_>, combo: &Combo) -> BTreeMap<String, String> {
    let mut tree = tree(template, combo)
        .unwrap_or_else(|error| [("src/".to_owned(), format!("{combo:?}: {error}"))].into());
    let manifests = ["Cargo.toml", "pyproject.toml"];
    tree.retain(|path, text| {
        if manifests.contains(&&**path) {
            let lines = text.lines().filter(|line| !line.starts_with("license"));
            *text = lines.collect();
            return true;
        }
        path.starts_with("src/") || path.starts_with("tests/")
    });
    tree
}

/// Greedy: of all combinations, take the one that shows the most for its cost until everything was seen, and then leave out those
/// that show nothing of their own. Of several such arrays, made with different luck, the cheapest.
fn covering(template: &Template<'_>, all: &[Combo]) -> BTreeSet<Combo> {
    let mut numbers = BTreeMap::new();
    let deciding = sources(template);
    let mut essences = BTreeMap::new();
    let shown: Vec<Shown> = all
        .iter()
        .map(|combo| {
            let essence = essence(&deciding, combo);
            let next = essences.len();
            let sources = *essences.entry(essence).or_insert(next);
            shown(template, combo, &mut numbers, sources)
        })
        .collect();
    let arrays = (1..=ATTEMPTS).map(|luck| array(&shown, numbers.len(), luck));
    let cheapest = arrays.min_by_key(|array| {
        let built: BTreeMap<usize, usize> = array
            .iter()
            .map(|it| (shown[*it].sources, shown[*it].cost))
            .collect();
        built.values().sum::<usize>()
    });
    let chosen = cheapest.expect("an array").into_iter();
    chosen.map(|index| all[index].clone()).collect()
}

const ATTEMPTS: u32 = 30;

/// What a combination shows, as numbers; which sources it has, as a number; what building them costs: the layers that apply.
struct Shown {
    features: Vec<usize>,
    sources: usize,
    cost: usize,
}

fn shown(
    template: &Template<'_>,
    combo: &Combo,
    numbers: &mut BTreeMap<Feature, usize>,
    sources: usize,
) -> Shown {
    let layers = template.layers();
    let declared = template.declared_tags();
    let active = layer::active(&layers, &tags(template, combo), &declared);
    let cost = active.len();
    let complete = template.manifest().lacks.is_empty();
    let pairs = pairs(combo).into_iter().filter(|_| complete);
    let active = active.into_iter().map(|layer| Feature::Layer(layer.name));
    let mut number = |feature| {
        let next = numbers.len();
        *numbers.entry(feature).or_insert(next)
    };
    let features = pairs.chain(active).map(&mut number).collect();
    Shown {
        features,
        sources,
        cost,
    }
}

/// Indices of combinations that together show every feature.
fn array(shown: &[Shown], features: usize, mut luck: u32) -> BTreeSet<usize> {
    let mut times_shown = vec![0; features];
    let mut built = BTreeSet::new();
    let mut chosen = BTreeSet::new();
    while times_shown.contains(&0) {
        let mut worth = |it: &Shown| {
            let new = it
                .features
                .iter()
                .filter(|it| times_shown[**it] == 0)
                .count();
            luck = luck.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let cost = if built.contains(&it.sources) {
                1
            } else {
                it.cost
            };
            // Up to a tenth more, by luck.
            new * (1000 + (luck >> 16) as usize % 100) / cost
        };
        let best = (0..shown.len()).max_by_key(|index| worth(&shown[*index]));
        let best = best.expect("a combination");
        for it in &shown[best].features {
            times_shown[*it] += 1;
        }
        chosen.insert(best);
        built.insert(shown[best].sources);
    }
    let mut dearest: Vec<usize> = chosen.iter().copied().collect();
    dearest.sort_by_key(|index| Reverse(shown[*index].cost));
    for index in dearest {
        let features = &shown[index].features;
        if features.iter().all(|it| times_shown[*it] > 1) {
            for it in features {
                times_shown[*it] -= 1;
            }
            chosen.remove(&index);
        }
    }
    chosen
}

/// The tags that the choices bring.
fn tags(template: &Template<'_>, combo: &Combo) -> BTreeSet<String> {
    let options = template.options().iter();
    options
        .filter_map(|option| option.choice(combo.get(&option.id)?))
        .flat_map(|choice| choice.tags.iter().cloned())
        .collect()
}

/// What some combination has to show.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Feature {
    Pair(Setting, Setting),
    Layer(String),
}

type Setting = (String, String);

fn pairs(combo: &Combo) -> Vec<Feature> {
    let settings: Vec<Setting> = combo
        .iter()
        .map(|(id, choice)| (id.clone(), choice.clone()))
        .collect();
    let mut found = Vec::new();
    for (index, left) in settings.iter().enumerate() {
        for right in &settings[index + 1..] {
            found.push(Feature::Pair(left.clone(), right.clone()));
        }
    }
    found
}
