//! What a change of a schema means: for who sends by it (input), and for who reads by it (output). Pure.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{super::judge::named, Difference, Gone, Weight, changed};

/// How deep properties are compared one by one; deeper, a change is a change.
const MAX_DEPTH: usize = 8;

/// The parameters of a tool.
pub(super) fn input(subject: &str, old: &Value, new: &Value, found: &mut Vec<Difference>) {
    Side::Input.object(subject, "", (old, new), (found, 0));
}

/// What a tool answers.
pub(super) fn output(subject: &str, old: &Value, new: &Value, found: &mut Vec<Difference>) {
    match (old.is_object(), new.is_object()) {
        (true, false) => found.push(Difference::new(
            Weight::Breaking,
            subject,
            "its `outputSchema` vanished",
        )),
        (false, true) => found.push(Difference::new(
            Weight::Safe,
            subject,
            "its `outputSchema` is new",
        )),
        _ => Side::Output.object(subject, "", (old, new), (found, 0)),
    }
}

/// Who has to fit the schema: the client, or the server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Input,
    Output,
}

type Found<'a> = (&'a mut Vec<Difference>, usize);

impl Side {
    fn named(self, name: &str) -> String {
        match self {
            Self::Input => named("parameter", name),
            Self::Output => named("result", name),
        }
    }

    fn object(
        self,
        subject: &str,
        inside: &str,
        (old, new): (&Value, &Value),
        (found, depth): Found<'_>,
    ) {
        let mut say = |weight, name: &str, what: &str| {
            let what = format!("{} {what}", self.named(name));
            found.push(Difference::new(weight, subject, what));
        };
        let (before, after) = (required(old), required(new));
        let mut same = Vec::new();
        for (name, gone) in changed(&old["properties"], &new["properties"]) {
            let path = join(inside, &name);
            match gone {
                Some(Gone::Vanished) => say(Weight::Breaking, &path, "vanished"),
                Some(Gone::Added) if self == Self::Input && after.contains(&name) => {
                    say(Weight::Breaking, &path, "is new, and required");
                }
                Some(Gone::Added) => say(Weight::Safe, &path, "is new"),
                None => same.push((name, path)),
            }
        }
        let is_known = |name: &&String| {
            let has = |schema: &Value| schema["properties"].get(name.as_str()).is_some();
            has(old) && has(new)
        };
        let (stricter, looser) = match self {
            Self::Input => (Weight::Breaking, Weight::Safe),
            Self::Output => (Weight::Safe, Weight::Breaking),
        };
        for name in after.difference(&before).filter(is_known) {
            say(stricter, &join(inside, name), "became required");
        }
        for name in before.difference(&after).filter(is_known) {
            say(looser, &join(inside, name), "became optional");
        }
        for (name, path) in same {
            let both = (&old["properties"][&name], &new["properties"][&name]);
            self.property(subject, &path, both, (found, depth));
        }
    }

    fn property(
        self,
        subject: &str,
        path: &str,
        (old, new): (&Value, &Value),
        (found, depth): Found<'_>,
    ) {
        let start = found.len();
        let mut say = |weight, what: &str| {
            let what = format!("{} {what}", self.named(path));
            found.push(Difference::new(weight, subject, what));
        };
        let (before, after) = (types(old), types(new));
        if before != after {
            // More types are safe for who sends, fewer for who reads.
            let (wider, narrower) = (before.is_subset(&after), after.is_subset(&before));
            match self {
                Self::Input if wider && !before.is_empty() => say(Weight::Safe, "takes more types"),
                Self::Output if narrower && !after.is_empty() => {
                    say(Weight::Safe, "gives fewer types");
                }
                _ => say(Weight::Breaking, "changed its type"),
            }
        }
        let values = |schema: &Value| schema["enum"].as_array().cloned();
        let (before, after) = (values(old), values(new));
        if before != after {
            let has_all = |some: &Option<Vec<Value>>, all: &Option<Vec<Value>>| match (some, all) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(some), Some(all)) => some.iter().all(|it| all.contains(it)),
            };
            let fits = match self {
                Self::Input => has_all(&before, &after),
                Self::Output => has_all(&after, &before),
            };
            let weight = if fits { Weight::Safe } else { Weight::Breaking };
            say(weight, "changed its values");
        }
        for (name, is_upper) in LIMITS {
            let (before, after) = (old[name].as_f64(), new[name].as_f64());
            let tighter = match (before, after) {
                (None, Some(_)) => true,
                (Some(before), Some(after)) if is_upper => after < before,
                (Some(before), Some(after)) => after > before,
                _ => false,
            };
            if tighter && self == Self::Input {
                say(Weight::Breaking, &format!("has a tighter `{name}`"));
            }
        }
        if old["description"] != new["description"] || old["title"] != new["title"] {
            say(Weight::Wording, "changed its description");
        }
        if depth < MAX_DEPTH {
            self.object(subject, path, (old, new), (found, depth + 1));
            if old["items"] != new["items"] {
                let path = format!("{path}[]");
                self.property(
                    subject,
                    &path,
                    (&old["items"], &new["items"]),
                    (found, depth + 1),
                );
            }
        }
        if found.len() == start {
            let what = format!("{} changed", self.named(path));
            found.push(Difference::new(Weight::Safe, subject, what));
        }
    }
}

/// Limits, and whether less is tighter.
const LIMITS: [(&str, bool); 6] = [
    ("maximum", true),
    ("maxLength", true),
    ("maxItems", true),
    ("minimum", false),
    ("minLength", false),
    ("minItems", false),
];

fn required(schema: &Value) -> BTreeSet<String> {
    let names = schema["required"].as_array().into_iter().flatten();
    names
        .filter_map(|it| it.as_str().map(str::to_owned))
        .collect()
}

/// The types that a schema allows, as far as it says; a reference is a type of its own.
fn types(schema: &Value) -> BTreeSet<String> {
    let mut types = BTreeSet::new();
    match &schema["type"] {
        Value::String(name) => drop(types.insert(name.clone())),
        Value::Array(names) => {
            types.extend(names.iter().filter_map(|it| it.as_str().map(str::to_owned)));
        }
        _ => {}
    }
    if let Some(reference) = schema["$ref"].as_str() {
        types.insert(reference.to_owned());
    }
    for key in ["anyOf", "oneOf"] {
        let choices = schema[key].as_array().into_iter().flatten();
        types.extend(choices.flat_map(self::types));
    }
    types
}

fn join(inside: &str, name: &str) -> String {
    super::super::shape::member(inside, name)
}
