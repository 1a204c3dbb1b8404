//! Judges raw JSON against the shapes that a revision of the protocol gives its messages. Pure.
//!
//! The shapes are data, derived from the official schemas by `.ci/shapes`. Members that no shape names are fine. What
//! only a later revision names is optional, but must fit: clients judge all they know, whatever was negotiated.

mod data;
mod format;
mod words;

use std::collections::BTreeMap;

use serde_json::Value;

use data::{Member, Shape, shapes};
use format::{is_base64, is_template, is_time, is_uri};
pub(super) use words::member;
use words::{found, said};

/// Deviations of one message that are kept.
const MAX_DEVIATIONS: usize = 50;

/// Where a message is not what its shape asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deviation {
    /// `tools[3].inputSchema.type`.
    pub path: String,
    pub kind: Kind,
    /// ``must be `object` ``.
    pub want: String,
    /// ``is `null` ``.
    pub found: String,
}

/// In which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A required member is not there.
    Missing,
    /// `null` for a member that may be left out.
    Null,
    /// Another type, or a text outside an enumeration.
    Type,
    /// A number that is out of range, or no whole one.
    Range,
    /// A text that is not base64.
    Base64,
    /// A text that is not a URI.
    Uri,
}

/// Judge the result of `method`.
pub(super) fn judge_result(method: &str, revision: &str, result: &Value) -> Vec<Deviation> {
    let wants_input = result.get("resultType").and_then(Value::as_str) == Some("input_required");
    let name = if wants_input {
        Some("InputRequiredResult")
    } else {
        shapes().results.get(method).map(String::as_str)
    };
    name.map_or_else(Vec::new, |name| judge(name, revision, result, ""))
}

/// Judge the parameters of a notification; unknown ones are fine.
pub(super) fn judge_notification(method: &str, revision: &str, params: &Value) -> Vec<Deviation> {
    let name = shapes().notifications.get(method);
    name.map_or_else(Vec::new, |name| judge(name, revision, params, "params"))
}

fn judge(name: &str, revision: &str, value: &Value, path: &str) -> Vec<Deviation> {
    let mut judge = Judge {
        revision,
        deviations: Vec::new(),
    };
    judge.value(value, name, path);
    judge.deviations
}

struct Judge<'a> {
    revision: &'a str,
    deviations: Vec<Deviation>,
}

impl Judge<'_> {
    fn value(&mut self, value: &Value, kind: &str, path: &str) {
        if self.deviations.len() >= MAX_DEVIATIONS {
            return;
        }
        if let Some((item, most)) = kind
            .strip_prefix('[')
            .and_then(|kind| kind.rsplit_once(']'))
        {
            let Value::Array(items) = value else {
                return self.wrong(value, path, "an array");
            };
            let most = most.strip_prefix(" ..").and_then(|most| most.parse().ok());
            if let Some(most) = most.filter(|most: &usize| items.len() > *most) {
                let want = format!("must have at most {most} entries");
                let found = format!("has {}", items.len());
                self.deviate(path.to_owned(), Kind::Range, want, found);
            }
            for (index, value) in items.iter().enumerate() {
                self.value(value, item, &format!("{path}[{index}]"));
            }
        } else if let Some(inner) = kind
            .strip_prefix('{')
            .and_then(|kind| kind.strip_suffix('}'))
        {
            let Value::Object(members) = value else {
                return self.wrong(value, path, "an object");
            };
            for (name, value) in members {
                self.value(value, inner, &member(path, name));
            }
        } else if let Some(texts) = kind.strip_prefix('=') {
            if !value
                .as_str()
                .is_some_and(|text| texts.split('|').any(|known| known == text))
            {
                let quoted: Vec<_> = texts.split('|').map(|text| format!("`{text}`")).collect();
                self.wrong(value, path, &quoted.join(", "));
            }
        } else if let Some(shape) = shapes().named.get(kind) {
            match shape {
                Shape::Choice(names) => self.choice(value, names, path),
                Shape::Members(members) => self.members(value, &members.0, path),
            }
        } else {
            self.plain(value, kind, path);
        }
    }

    fn members(&mut self, value: &Value, members: &BTreeMap<String, Vec<Member>>, path: &str) {
        let Value::Object(object) = value else {
            return self.wrong(value, path, "an object");
        };
        for (name, versions) in members {
            let current = versions
                .iter()
                .rfind(|version| version.since.as_str() <= self.revision);
            let Some(version) = current.or(versions.first()) else {
                continue;
            };
            let path = member(path, name);
            match object.get(name) {
                Some(Value::Null) if !version.required && version.kind != "any" => {
                    self.deviate(path, Kind::Null, left_out(), found(&Value::Null));
                }
                Some(value) => self.value(value, &version.kind, &path),
                None if version.required && current.is_some() => {
                    let want = "is required".to_owned();
                    self.deviate(path, Kind::Missing, want, "is missing".to_owned());
                }
                None => {}
            }
        }
    }

    /// The alternative whose `type` is that of the value, or the one that the value has most of.
    fn choice(&mut self, value: &Value, names: &[String], path: &str) {
        let Value::Object(object) = value else {
            return self.wrong(value, path, "an object");
        };
        let shape = |name: &String| match shapes().named.get(name) {
            Some(Shape::Members(members)) => Some(&members.0),
            _ => None,
        };
        let tag = |name: &String| {
            let versions = shape(name)?.get("type")?;
            versions.last()?.kind.strip_prefix('=')
        };
        let tags: Vec<_> = names.iter().filter_map(tag).collect();
        if tags.len() == names.len() {
            let found = object.get("type").unwrap_or(&Value::Null);
            let fitting = names.iter().find(|name| found.as_str() == tag(name));
            return match fitting {
                Some(name) => self.value(value, name, path),
                None => self.value(
                    found,
                    &format!("={}", tags.join("|")),
                    &member(path, "type"),
                ),
            };
        }
        let lacks = |name: &&String| {
            let members = shape(name).into_iter().flatten();
            let required = members.filter(|(_, it)| it.iter().any(|version| version.required));
            required
                .filter(|(name, _)| !object.contains_key(*name))
                .count()
        };
        if let Some(name) = names.iter().min_by_key(lacks) {
            self.value(value, name, path);
        }
    }

    fn plain(&mut self, value: &Value, kind: &str, path: &str) {
        let (kind, range) = kind.split_once(' ').unwrap_or((kind, ".."));
        let fits = kind.split('|').any(|kind| match kind {
            "any" => true,
            "boolean" => value.is_boolean(),
            "object" => value.is_object(),
            "integer" | "number" => value.is_number(),
            _ => value.is_string(),
        });
        if !fits {
            let names: Vec<_> = kind.split('|').map(said).collect();
            return self.wrong(value, path, &names.join(" or "));
        }
        let text = value.as_str().unwrap_or_default();
        let (low, high) = range.split_once("..").unwrap_or_default();
        let number = value.as_f64().unwrap_or_default();
        let is_out = |bound: &str, beyond: fn(f64, f64) -> bool| {
            bound.parse().is_ok_and(|bound| beyond(number, bound))
        };
        let deviation = match kind {
            "integer" if number.fract() != 0.0 => (Kind::Range, "a whole number".to_owned()),
            "integer" | "number" if is_out(low, |a, b| a < b) || is_out(high, |a, b| a > b) => {
                (Kind::Range, format!("in the range {range}"))
            }
            "uri" if !is_uri(text) => (Kind::Uri, "a URI".to_owned()),
            "uri-template" if !is_template(text) => (Kind::Uri, "a URI template".to_owned()),
            "time" if !is_time(text) => (
                Kind::Type,
                "a time such as `2026-07-28T12:00:00Z`".to_owned(),
            ),
            "base64" if !is_base64(text) => (Kind::Base64, "base64".to_owned()),
            _ => return,
        };
        let want = format!("must be {}", deviation.1);
        self.deviate(path.to_owned(), deviation.0, want, found(value));
    }

    fn wrong(&mut self, value: &Value, path: &str, want: &str) {
        self.deviate(
            path.to_owned(),
            Kind::Type,
            format!("must be {want}"),
            found(value),
        );
    }

    fn deviate(&mut self, path: String, kind: Kind, want: String, found: String) {
        if self.deviations.len() < MAX_DEVIATIONS {
            let path = if path.is_empty() {
                "result".to_owned()
            } else {
                path
            };
            self.deviations.push(Deviation {
                path,
                kind,
                want,
                found,
            });
        }
    }
}

fn left_out() -> String {
    "must be left out when there is no value".to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(method: &str, revision: &str, result: &Value) -> Vec<String> {
        let deviations = judge_result(method, revision, result).into_iter();
        deviations
            .map(|it| format!("{} {} {}", it.path, it.want, it.found))
            .collect()
    }

    #[test]
    fn every_type_in_the_data_is_known() {
        let known = |kind: &str| {
            let kind = kind.split(" ..").next().unwrap();
            let kind = kind.trim_matches(['[', ']', '{', '}']);
            kind.starts_with('=')
                || shapes().named.contains_key(kind)
                || kind.split(' ').next().unwrap().split('|').all(|kind| {
                    matches!(
                        kind,
                        "any"
                            | "boolean"
                            | "object"
                            | "integer"
                            | "number"
                            | "string"
                            | "uri"
                            | "uri-template"
                            | "base64"
                            | "time"
                    )
                })
        };
        let roots = shapes()
            .results
            .values()
            .chain(shapes().notifications.values());
        assert!(roots.into_iter().all(|name| known(name)));
        for (name, shape) in &shapes().named {
            let kinds: Vec<&String> = match shape {
                Shape::Choice(names) => names.iter().collect(),
                Shape::Members(members) => {
                    members.0.values().flatten().map(|it| &it.kind).collect()
                }
            };
            for kind in kinds {
                assert!(known(kind), "{name}: {kind}");
            }
        }
    }

    #[test]
    fn a_deviation_names_its_place() {
        let tools = json!({"tools": [{"name": "a", "inputSchema": {"type": "array"}, "title": null, "x": 1}, 5]});
        assert_eq!(
            paths("tools/list", "2025-11-25", &tools),
            [
                "tools[0].inputSchema.type must be `object` is the string `array`",
                "tools[0].title must be left out when there is no value is `null`",
                "tools[1] must be an object is the number `5`",
            ]
        );
    }

    #[test]
    fn what_a_later_revision_requires_is_optional_in_an_older_one_but_must_fit() {
        let tools = json!({"tools": []});
        assert_eq!(
            paths("tools/list", "2025-11-25", &tools),
            Vec::<String>::new()
        );
        assert_eq!(paths("tools/list", "2026-07-28", &tools).len(), 3);
        let titled =
            json!({"tools": [{"name": "a", "inputSchema": {"type": "object"}, "title": 5}]});
        assert_eq!(
            paths("tools/list", "2024-11-05", &titled),
            ["tools[0].title must be a string is the number `5`"]
        );
    }

    #[test]
    fn a_choice_is_made_by_type_or_by_what_is_there() {
        let content = |content: Value| json!({"content": [content]});
        let judge = |value| paths("tools/call", "2025-11-25", &content(value));
        assert_eq!(
            judge(json!({"type": "image", "data": "aGk=", "mimeType": 5})),
            ["content[0].mimeType must be a string is the number `5`"]
        );
        assert_eq!(
            judge(json!({"type": "video"})),
            [
                "content[0].type must be `text`, `image`, `audio`, `resource_link`, `resource` is the string `video`"
            ]
        );
        let read = json!({"contents": [{"uri": "x://a", "blob": "***"}]});
        assert_eq!(
            paths("resources/read", "2025-11-25", &read),
            ["contents[0].blob must be base64 is the string `***`"]
        );
    }
}
