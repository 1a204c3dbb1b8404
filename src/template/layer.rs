//! Which layers are active for a set of tags, and in which order. Pure.

use std::collections::BTreeSet;

/// The layer that always applies.
const BASE: &str = "base";

/// Where a layer's directory lies; shared layers come before a language's of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    Shared,
    Language,
}

/// A directory of a template; its name is its condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    pub origin: Origin,
    pub name: String,
}

impl Layer {
    /// The tags that must all hold; none for `base`.
    #[must_use]
    pub fn tags(&self) -> Vec<&str> {
        if self.name == BASE {
            Vec::new()
        } else {
            self.name.split('+').collect()
        }
    }
}

/// The layers of `all` whose tags are all in `tags`: base, then single tags, then joined ones, each in the order of
/// `declared` (the tags as the options list them).
#[must_use]
pub fn active(all: &[Layer], tags: &BTreeSet<String>, declared: &[String]) -> Vec<Layer> {
    let mut found: Vec<Layer> = all
        .iter()
        .filter(|layer| layer.tags().iter().all(|tag| tags.contains(*tag)))
        .cloned()
        .collect();
    found.sort_by_cached_key(|layer| {
        let mut places: Vec<usize> = layer
            .tags()
            .iter()
            .map(|tag| {
                declared
                    .iter()
                    .position(|known| known == tag)
                    .unwrap_or(usize::MAX)
            })
            .collect();
        places.sort_unstable();
        (places.len(), places, layer.origin)
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(origin: Origin, name: &str) -> Layer {
        Layer {
            origin,
            name: name.to_owned(),
        }
    }

    #[test]
    fn layers_apply_when_all_their_tags_hold_in_declared_order() {
        let declared = ["notes", "stdio", "http"].map(str::to_owned);
        let all = [
            layer(Origin::Language, "stdio+http"),
            layer(Origin::Language, "http"),
            layer(Origin::Shared, "http"),
            layer(Origin::Language, "stdio"),
            layer(Origin::Language, "notes+http"),
            layer(Origin::Language, "docker"),
            layer(Origin::Language, "base"),
        ];
        let tags = declared.iter().cloned().collect();
        let names: Vec<_> = active(&all, &tags, &declared)
            .into_iter()
            .map(|layer| (layer.origin, layer.name))
            .collect();
        let expected = [
            (Origin::Language, "base"),
            (Origin::Language, "stdio"),
            (Origin::Shared, "http"),
            (Origin::Language, "http"),
            (Origin::Language, "notes+http"),
            (Origin::Language, "stdio+http"),
        ]
        .map(|(origin, name)| (origin, name.to_owned()));
        assert_eq!(names, expected);
    }
}
