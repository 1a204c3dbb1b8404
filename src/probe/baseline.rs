//! The surface of a server as a file, and what a change of it means to those who use the server. Pure.

mod entry;
mod schema;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    judge::named,
    report::{Report, Seen},
    surface::Surface,
    text,
};

/// What a change does to a client that knows the old surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// What worked fails now.
    Breaking,
    /// What worked works.
    Safe,
    /// Only what people and models read.
    Wording,
}

impl Weight {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Safe => "safe",
            Self::Wording => "wording",
        }
    }
}

/// One difference between a recorded surface and today's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    pub weight: Weight,
    /// ``tool `search` ``.
    pub subject: String,
    /// ``parameter `limit` became required``.
    pub what: String,
    /// The eras it shows in.
    pub eras: String,
}

impl Report {
    /// What clients saw, as a recorded surface: sorted, the same text each time.
    #[must_use]
    pub fn surface(&self) -> Value {
        let mut eras: BTreeMap<String, Value> = BTreeMap::new();
        for Seen { era, surface } in &self.surfaces {
            // Both transports show the same; the first speaks for all.
            let name = era.name().to_owned();
            eras.entry(name).or_insert_with(|| record(surface));
        }
        let values: Vec<_> = eras.values().collect();
        if let [one, other] = values[..]
            && one == other
        {
            let names: Vec<_> = eras.keys().map(String::as_str).collect();
            return json!({names.join("+"): one});
        }
        json!(eras)
    }

    /// What changed since `base` was recorded.
    #[must_use]
    pub fn changes(&self, base: &Value) -> Vec<Change> {
        compare(base, &self.surface())
    }
}

/// The text of a recorded surface.
#[must_use]
pub fn written(surface: &Value) -> String {
    format!("{:#}\n", sorted(surface))
}

/// Changes as a Markdown table, for a pull request.
#[must_use]
pub fn table(changes: &[Change]) -> String {
    let mut out = "| change | of | what | era |\n| --- | --- | --- | --- |\n".to_owned();
    for change in changes {
        let cell = |text: &str| text.replace('|', "\\|");
        let row = [
            change.weight.name().to_owned(),
            cell(&change.subject),
            cell(&change.what),
            change.eras.clone(),
        ];
        out.push_str("| ");
        out.push_str(&row.join(" | "));
        out.push_str(" |\n");
    }
    out
}

fn record(surface: &Surface) -> Value {
    let list = |entries: &[Value], key: &str| {
        let entries = entries.iter().filter_map(|entry| {
            let mut members = entry.as_object()?.clone();
            let name = members.remove(key)?.as_str()?.to_owned();
            Some((name, Value::Object(members)))
        });
        Value::Object(entries.collect())
    };
    sorted(&json!({
        "capabilities": surface.capabilities,
        "instructions": surface.instructions,
        "tools": list(&surface.tools, "name"),
        "resources": list(&surface.resources, "uri"),
        "resourceTemplates": list(&surface.templates, "uriTemplate"),
        "prompts": list(&surface.prompts, "name"),
    }))
}

/// The same value with the members of all objects in order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<_, _> =
                members.iter().map(|(key, it)| (key, sorted(it))).collect();
            let members = members.into_iter().map(|(key, it)| (key.clone(), it));
            Value::Object(members.collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        value => value.clone(),
    }
}

/// The eras of a recorded surface, one by one.
fn eras(surface: &Value) -> BTreeMap<&str, &Value> {
    let eras = surface.as_object().into_iter().flatten();
    eras.flat_map(|(names, value)| names.split('+').map(move |name| (name, value)))
        .collect()
}

fn compare(base: &Value, now: &Value) -> Vec<Change> {
    let (base, now) = (eras(base), eras(now));
    let mut found: BTreeMap<Difference, Vec<&str>> = BTreeMap::new();
    for (era, old) in &base {
        let differences = match now.get(era) {
            Some(new) => differences(old, new),
            None => vec![Difference::new(
                Weight::Breaking,
                "server",
                "it does not open this way any more",
            )],
        };
        for difference in differences {
            found.entry(difference).or_default().push(era);
        }
    }
    for era in now.keys().filter(|era| !base.contains_key(*era)) {
        let opens = Difference::new(Weight::Safe, "server", "it opens this way now");
        found.entry(opens).or_default().push(era);
    }
    let change = |(it, eras): (Difference, Vec<&str>)| Change {
        weight: it.weight,
        subject: it.subject,
        what: it.what,
        eras: eras.join(", "),
    };
    found.into_iter().map(change).collect()
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Difference {
    weight: Weight,
    subject: String,
    what: String,
}

impl Difference {
    fn new(weight: Weight, subject: &str, what: impl Into<String>) -> Self {
        Self {
            weight,
            subject: subject.to_owned(),
            what: what.into(),
        }
    }
}

fn differences(old: &Value, new: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    if old["instructions"] != new["instructions"] {
        found.push(Difference::new(
            Weight::Wording,
            "server",
            "its instructions changed",
        ));
    }
    for (name, gone) in changed(&old["capabilities"], &new["capabilities"]) {
        let name = text::shown(&name, text::NAME);
        let (weight, what) = match gone {
            Some(Gone::Vanished) => (Weight::Breaking, "vanished"),
            Some(Gone::Added) => (Weight::Safe, "is new"),
            None => (Weight::Safe, "changed"),
        };
        found.push(Difference::new(
            weight,
            "server",
            format!("capability `{name}` {what}"),
        ));
    }
    for (member, kind) in [
        ("tools", "tool"),
        ("resources", "resource"),
        ("resourceTemplates", "resource template"),
        ("prompts", "prompt"),
    ] {
        for (name, gone) in changed(&old[member], &new[member]) {
            let subject = named(kind, &name);
            match gone {
                Some(Gone::Vanished) => {
                    found.push(Difference::new(Weight::Breaking, &subject, "vanished"));
                }
                Some(Gone::Added) => found.push(Difference::new(Weight::Safe, &subject, "is new")),
                None => entry::compare(
                    &subject,
                    &old[member][&name],
                    &new[member][&name],
                    &mut found,
                ),
            }
        }
    }
    found
}

/// Whether a member is only on one side.
enum Gone {
    Vanished,
    Added,
}

/// The members of two objects that are not the same.
fn changed(old: &Value, new: &Value) -> Vec<(String, Option<Gone>)> {
    let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let (old, new) = (members(old), members(new));
    let names: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).cloned().collect();
    let differs = |name: &String| old.get(name) != new.get(name);
    let gone = |name: String| {
        let gone = match (old.contains_key(&name), new.contains_key(&name)) {
            (true, false) => Some(Gone::Vanished),
            (false, true) => Some(Gone::Added),
            _ => None,
        };
        (name, gone)
    };
    names.into_iter().filter(differs).map(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surface(tool: &Value) -> Value {
        let record = record(&Surface {
            capabilities: json!({"tools": {}}),
            tools: vec![
                tool.clone(),
                json!({"name": "other", "inputSchema": {"type": "object"}}),
            ],
            prompts: vec![json!({"name": "p", "arguments": [{"name": "a"}]})],
            ..Surface::default()
        });
        json!({"discover+initialize": record})
    }

    fn tool() -> Value {
        json!({"name": "search", "description": "Finds.", "inputSchema": {"type": "object",
            "properties": {"query": {"type": "string"}, "limit": {"type": "integer", "maximum": 9}},
            "required": ["query"]}, "outputSchema": {"type": "object",
            "properties": {"hits": {"type": "array"}}, "required": ["hits"]}})
    }

    /// What changes when `change` is done to the tool.
    fn after(change: impl Fn(&mut Value)) -> Vec<(Weight, String)> {
        let mut new = tool();
        change(&mut new);
        let changes = compare(&surface(&tool()), &surface(&new)).into_iter();
        assert!(changes.clone().all(|it| it.eras == "discover, initialize"));
        changes
            .map(|it| (it.weight, format!("{} {}", it.subject, it.what)))
            .collect()
    }

    #[test]
    fn the_same_surface_in_another_order_is_no_change() {
        let mut other = surface(&tool());
        let text = written(&other);
        other["discover+initialize"]["tools"] = sorted(&other["discover+initialize"]["tools"]);
        assert_eq!(written(&other), text);
        assert_eq!(compare(&surface(&tool()), &other), []);
    }

    #[test]
    fn each_kind_of_change_has_its_weight_and_names_tool_and_argument() {
        use Weight::{Breaking, Safe, Wording};
        let one = |weight, what: &str| vec![(weight, format!("tool `search` {what}"))];
        let input = |change: fn(&mut Value)| after(move |tool| change(&mut tool["inputSchema"]));
        assert_eq!(
            after(|tool| tool["description"] = "x".into()),
            one(Wording, "its `description` changed")
        );
        assert_eq!(
            input(|it| it["required"] = json!(["query", "limit"])),
            one(Breaking, "parameter `limit` became required")
        );
        assert_eq!(
            input(|it| it["required"] = json!([])),
            one(Safe, "parameter `query` became optional")
        );
        assert_eq!(
            input(|it| it["properties"]["limit"]["type"] = "string".into()),
            one(Breaking, "parameter `limit` changed its type")
        );
        assert_eq!(
            input(|it| it["properties"]["limit"]["type"] = json!(["integer", "string"])),
            one(Safe, "parameter `limit` takes more types")
        );
        assert_eq!(
            input(|it| it["properties"]["limit"]["maximum"] = 5.into()),
            one(Breaking, "parameter `limit` has a tighter `maximum`")
        );
        assert_eq!(
            input(|it| it["properties"]["new"] = json!({"type": "string"})),
            one(Safe, "parameter `new` is new")
        );
        assert_eq!(
            input(|it| drop(it["properties"].as_object_mut().unwrap().remove("limit"))),
            one(Breaking, "parameter `limit` vanished")
        );
        assert_eq!(
            input(|it| it["properties"]["query"]["description"] = "x".into()),
            one(Wording, "parameter `query` changed its description")
        );
        let gone = after(|tool| tool["outputSchema"]["properties"] = json!({}));
        assert_eq!(gone, one(Breaking, "result `hits` vanished"));
        let renamed = after(|tool| tool["name"] = "find".into());
        assert_eq!(renamed[0], (Breaking, "tool `search` vanished".to_owned()));
        assert_eq!(renamed[1], (Safe, "tool `find` is new".to_owned()));
    }

    #[test]
    fn an_era_that_is_gone_is_breaking_and_shows_in_the_table() {
        let both = surface(&tool());
        let one = json!({"initialize": both["discover+initialize"]});
        let changes = compare(&both, &one);
        assert_eq!(changes[0].weight, Weight::Breaking);
        assert!(
            table(&changes)
                .contains("| breaking | server | it does not open this way any more | discover |")
        );
        assert_eq!(compare(&one, &both)[0].weight, Weight::Safe);
    }
}
