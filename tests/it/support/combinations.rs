//! The answers that can be given to a template's options.

use std::collections::{BTreeMap, BTreeSet};

use create_mcp_server::template::manifest::{Choice, OptionSpec};

/// Option id → choice id.
pub type Combination = BTreeMap<String, String>;

/// Every combination of choices of `options` that can be given together.
pub fn all(options: &[OptionSpec]) -> Vec<Combination> {
    let mut combinations = vec![(Combination::new(), BTreeSet::new())];
    for option in options {
        let extended = combinations.into_iter().flat_map(|(choices, tags)| {
            if !option.applies(&tags) {
                return vec![(choices, tags)];
            }
            let extend = |choice: &Choice| {
                let (mut choices, mut tags) = (choices.clone(), tags.clone());
                choices.insert(option.id.clone(), choice.id.clone());
                tags.extend(choice.tags.iter().cloned());
                (choices, tags)
            };
            option.offered(&tags).map(extend).collect()
        });
        combinations = extended.collect();
    }
    combinations
        .into_iter()
        .map(|(choices, _)| choices)
        .collect()
}
