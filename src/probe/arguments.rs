//! Reads arguments as a person types them, `key=value`, by the types that a tool's schema gives. Pure.

use serde_json::{Map, Value};

use super::{safe::resolve, text};

/// What a tool is called with.
#[derive(Debug, Clone, PartialEq)]
pub enum Arguments {
    /// One JSON object.
    Whole(Map<String, Value>),
    /// Values whose types the schema knows.
    Pairs(Vec<(String, String)>),
}

impl Arguments {
    /// Parse what follows the name on the command line.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as a message.
    pub fn parse(words: &[String]) -> Result<Self, String> {
        match words {
            [whole] if whole.trim_start().starts_with(['{', '[', '"']) => {
                match serde_json::from_str(whole) {
                    Ok(Value::Object(arguments)) => Ok(Self::Whole(arguments)),
                    Ok(_) => Err("the arguments must be a JSON object".to_owned()),
                    Err(error) => Err(format!("the arguments are not JSON: {error}")),
                }
            }
            words => {
                let pair = |word: &String| match word.split_once('=') {
                    Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
                    _ => Err(format!(
                        "`{}` is not `key=value`",
                        text::shown(word, text::LINE)
                    )),
                };
                words
                    .iter()
                    .map(pair)
                    .collect::<Result<_, _>>()
                    .map(Self::Pairs)
            }
        }
    }

    /// The arguments as this schema wants them.
    pub(super) fn typed(&self, schema: &Value) -> Result<Map<String, Value>, String> {
        let pairs = match self {
            Self::Whole(arguments) => return Ok(arguments.clone()),
            Self::Pairs(pairs) => pairs,
        };
        let properties = schema["properties"].as_object();
        let mut arguments = Map::new();
        for (key, value) in pairs {
            let property = properties.and_then(|it| it.get(key));
            if property.is_none() && schema["additionalProperties"] == false {
                let known: Vec<_> = properties
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name)
                    .collect();
                return Err(format!(
                    "there is no parameter `{key}`, only {}",
                    names(&known)
                ));
            }
            let types = property.map_or_else(Vec::new, |it| types(it, schema, 0));
            let value = typed(value, &types).map_err(|reason| format!("`{key}` {reason}"))?;
            arguments.insert(key.clone(), value);
        }
        Ok(arguments)
    }
}

/// `` `a`, `b` ``, the first few.
pub(super) fn names(names: &[impl AsRef<str>]) -> String {
    const MAX: usize = 20;
    let shown = names.iter().take(MAX);
    let shown: Vec<_> = shown
        .map(|name| format!("`{}`", text::shown(name.as_ref(), text::NAME)))
        .collect();
    match names.len() {
        0 => "none".to_owned(),
        number if number > MAX => format!("{} and {} more", shown.join(", "), number - MAX),
        _ => shown.join(", "),
    }
}

/// The types that a property may have; none if it does not say.
fn types(property: &Value, root: &Value, depth: usize) -> Vec<String> {
    let Some(property) = root.as_object().and_then(|root| resolve(property, root)) else {
        return Vec::new();
    };
    let choices = ["anyOf", "oneOf"].iter().find_map(|key| property.get(*key));
    if let (Some(Value::Array(choices)), true) = (choices, depth < 4) {
        let all = choices.iter().flat_map(|it| types(it, root, depth + 1));
        return all.collect();
    }
    let said = match property.get("type") {
        Some(Value::String(name)) => vec![name.clone()],
        Some(Value::Array(names)) => names
            .iter()
            .filter_map(|it| it.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    };
    // An enumeration of strings need not say that they are.
    let is_texts = |values: &Value| {
        values
            .as_array()
            .is_some_and(|it| it.iter().all(Value::is_string))
    };
    if said.is_empty() && property.get("enum").is_some_and(is_texts) {
        return vec!["string".to_owned()];
    }
    said
}

/// `007` stays a string where one is wanted; anything else is JSON, of the wanted type.
fn typed(value: &str, types: &[String]) -> Result<Value, String> {
    let wants = |name: &str| types.iter().any(|it| it == name);
    let parsed: Option<Value> = serde_json::from_str(value).ok();
    if types.is_empty() {
        return Ok(parsed.unwrap_or_else(|| value.into()));
    }
    let fits = |parsed: &Value| match parsed {
        Value::Null => wants("null"),
        Value::Bool(_) => wants("boolean"),
        Value::Number(number) => {
            wants("number")
                || (wants("integer") && number.as_f64().is_some_and(|it| it.fract() == 0.0))
        }
        Value::String(_) => false,
        Value::Array(_) => wants("array"),
        Value::Object(_) => wants("object"),
    };
    if wants("string") {
        let is_compound = |it: &Value| it.is_array() || it.is_object();
        let other = parsed.filter(|it| is_compound(it) && fits(it));
        return Ok(other.unwrap_or_else(|| value.into()));
    }
    parsed.filter(fits).ok_or_else(|| {
        let value = text::shown(value, text::NAME);
        format!(
            "must be of type {}, and `{value}` is not",
            types.join(" or ")
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn typed(schema: &Value, words: &[&str]) -> Result<Value, String> {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        let arguments = Arguments::parse(&words)?.typed(schema)?;
        Ok(Value::Object(arguments))
    }

    #[test]
    fn a_value_is_read_by_the_type_of_its_parameter() {
        let schema = json!({"properties": {
            "text": {"type": "string"}, "number": {"type": "integer"}, "flag": {"type": "boolean"},
            "list": {"type": "array"}, "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "kind": {"enum": ["1", "2"]}, "there": {"$ref": "#/$defs/T"}}, "$defs": {"T": {"type": "string"}}});
        let words = [
            "text=007",
            "number=7",
            "flag=true",
            "list=[1,\"a\"]",
            "maybe=null",
            "kind=1",
            "there=5",
            "free=x=y",
            "any=5",
        ];
        assert_eq!(
            typed(&schema, &words).unwrap(),
            json!({"text": "007", "number": 7, "flag": true, "list": [1, "a"], "maybe": null, "kind": "1",
                "there": "5", "free": "x=y", "any": 5})
        );
        for (word, reason) in [
            ("number=x", "must be of type integer"),
            ("number=1.5", "must be of type integer"),
            ("flag=yes", "must be of type boolean"),
            ("list={", "must be of type array"),
            ("lonely", "is not `key=value`"),
        ] {
            let error = typed(&schema, &[word]).unwrap_err();
            assert!(error.contains(reason), "{word}: {error}");
        }
    }

    #[test]
    fn a_parameter_that_does_not_exist_is_refused_where_the_schema_is_closed() {
        let schema = json!({"properties": {"a": {}, "b": {}}, "additionalProperties": false});
        let error = typed(&schema, &["c=1"]).unwrap_err();
        assert_eq!(error, "there is no parameter `c`, only `a`, `b`");
    }

    #[test]
    fn one_json_object_is_taken_whole() {
        assert_eq!(
            typed(&json!({}), &["{\"a\": [1]}"]).unwrap(),
            json!({"a": [1]})
        );
        assert_eq!(typed(&json!({}), &[]).unwrap(), json!({}));
        assert!(
            typed(&json!({}), &["{\"a\""])
                .unwrap_err()
                .contains("not JSON")
        );
        assert!(
            typed(&json!({}), &["[1]"])
                .unwrap_err()
                .contains("JSON object")
        );
    }
}
