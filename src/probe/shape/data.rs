//! The shapes as data: see `.ci/shapes` for how they are written.

use std::{collections::BTreeMap, sync::OnceLock};

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
pub(super) struct Shapes {
    pub results: BTreeMap<String, String>,
    pub notifications: BTreeMap<String, String>,
    #[serde(rename = "shapes")]
    pub named: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Shape {
    Choice(Vec<String>),
    Members(Members),
}

/// The members of an object by name, each with what holds from which revision on, oldest first.
#[derive(Deserialize)]
#[serde(from = "Map<String, Value>")]
pub(super) struct Members(pub BTreeMap<String, Vec<Member>>);

pub(super) struct Member {
    pub since: String,
    pub required: bool,
    pub kind: String,
}

impl From<Map<String, Value>> for Members {
    fn from(keys: Map<String, Value>) -> Self {
        let mut members: BTreeMap<String, Vec<Member>> = BTreeMap::new();
        for (key, kind) in keys {
            let (name, since) = key.split_once('@').unwrap_or((&key, ""));
            let bare = name.strip_suffix('!');
            members
                .entry(bare.unwrap_or(name).to_owned())
                .or_default()
                .push(Member {
                    since: since.to_owned(),
                    required: bare.is_some(),
                    kind: kind.as_str().unwrap_or("any").to_owned(),
                });
        }
        for versions in members.values_mut() {
            versions.sort_by(|one, other| one.since.cmp(&other.since));
        }
        Self(members)
    }
}

pub(super) fn shapes() -> &'static Shapes {
    static SHAPES: OnceLock<Shapes> = OnceLock::new();
    SHAPES.get_or_init(|| {
        serde_json::from_str(include_str!("../shapes/shapes.json"))
            .expect("the shapes in the program parse, as its tests show")
    })
}
