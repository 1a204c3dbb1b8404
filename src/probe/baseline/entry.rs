//! What changed in one primitive. Pure.

use serde_json::Value;

use super::{
    super::{judge::named, text},
    Difference, Gone, Weight, changed, schema,
};

/// Members that only people and models read.
const WORDS: [&str; 4] = ["title", "description", "icons", "_meta"];

/// What changed in one primitive.
pub(super) fn compare(subject: &str, old: &Value, new: &Value, found: &mut Vec<Difference>) {
    for (member, _) in changed(old, new) {
        let (old, new) = (&old[&member], &new[&member]);
        match member.as_str() {
            "inputSchema" => schema::input(subject, old, new, found),
            "outputSchema" => schema::output(subject, old, new, found),
            "arguments" => arguments(subject, old, new, found),
            name if WORDS.contains(&name) => {
                let what = format!("its `{name}` changed");
                found.push(Difference::new(Weight::Wording, subject, what));
            }
            name => {
                let what = format!("its `{}` changed", text::shown(name, text::NAME));
                found.push(Difference::new(Weight::Safe, subject, what));
            }
        }
    }
}

/// The arguments of a prompt.
fn arguments(subject: &str, old: &Value, new: &Value, found: &mut Vec<Difference>) {
    let by_name = |list: &Value| {
        let arguments = list.as_array().into_iter().flatten();
        let arguments =
            arguments.filter_map(|it| Some((it["name"].as_str()?.to_owned(), it.clone())));
        Value::Object(arguments.collect())
    };
    let (old, new) = (by_name(old), by_name(new));
    for (name, gone) in changed(&old, &new) {
        let (old, new) = (&old[&name], &new[&name]);
        let is_required = |it: &Value| it["required"] == true;
        let (weight, what) = match gone {
            Some(Gone::Vanished) => (Weight::Breaking, "vanished"),
            Some(Gone::Added) if is_required(new) => (Weight::Breaking, "is new, and required"),
            Some(Gone::Added) => (Weight::Safe, "is new"),
            None if is_required(new) && !is_required(old) => (Weight::Breaking, "became required"),
            None if is_required(new) != is_required(old) => (Weight::Safe, "became optional"),
            None => (Weight::Wording, "changed its description"),
        };
        let what = format!("{} {what}", named("argument", &name));
        found.push(Difference::new(weight, subject, what));
    }
}
