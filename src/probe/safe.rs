//! Decides which tools may be called, and with which arguments. Pure.
//!
//! A tool of a project of ours is called when it says that it only reads and every required argument has an example
//! value, or when its arguments are known to be good. A tool of any other server is called only when the user wants safe
//! calls, and it must also say that it stays at home. A call that the user names is made.

use serde_json::{Map, Value};

use super::target::Options;

type Arguments = Map<String, Value>;

/// What to do with a tool.
#[derive(Debug, PartialEq)]
pub(super) enum Decision {
    Call {
        arguments: Arguments,
        /// The user named this call, so an error from the tool is a failure.
        asked: bool,
    },
    /// Why not.
    Skip(&'static str),
}

pub(super) fn decide(tool: &Value, options: &Options) -> Decision {
    let name = tool["name"].as_str().unwrap_or_default();
    if options.no_calls || options.skip.contains(name) {
        return Decision::Skip("left out");
    }
    if let Some(arguments) = options.calls.get(name) {
        return Decision::Call {
            arguments: arguments.clone(),
            asked: true,
        };
    }
    if !options.safe_calls {
        return Decision::Skip("only with `--calls` or `--call`");
    }
    let hint = |name: &str| tool["annotations"][name].as_bool();
    let reads_only = hint("readOnlyHint") == Some(true);
    let is_harmless = options.unchanged || reads_only || hint("destructiveHint") == Some(false);
    let known = options.arguments.get(name).filter(|_| is_harmless);
    let arguments = match known {
        Some(arguments) => Some(arguments.clone()),
        None if !reads_only => return Decision::Skip("not declared read-only"),
        None if !options.both_eras && hint("openWorldHint") != Some(false) => {
            return Decision::Skip("not declared to stay at home (`openWorldHint` is not false)");
        }
        None => tool["inputSchema"].as_object().and_then(example_arguments),
    };
    match arguments {
        Some(arguments) => Decision::Call {
            arguments,
            asked: false,
        },
        None => Decision::Skip("a required argument has no example"),
    }
}

/// Arguments made of what the schema itself gives, if that covers everything required.
fn example_arguments(schema: &Arguments) -> Option<Arguments> {
    if let Some(Value::Object(example)) = first_example(schema) {
        return Some(example.clone());
    }
    let mut arguments = Arguments::new();
    for name in required(schema) {
        let property = schema.get("properties")?.get(name)?;
        arguments.insert(name.to_owned(), example_value(property, schema)?);
    }
    Some(arguments)
}

/// The names that the schema requires.
pub(super) fn required(schema: &Arguments) -> impl Iterator<Item = &str> {
    schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn first_example(schema: &Arguments) -> Option<&Value> {
    schema
        .get("examples")
        .and_then(Value::as_array)
        .and_then(|examples| examples.first())
}

fn example_value(property: &Value, root: &Arguments) -> Option<Value> {
    let property = resolve(property, root)?;
    let one_of = property
        .get("enum")
        .and_then(Value::as_array)
        .and_then(|values| values.first());
    first_example(property)
        .or_else(|| property.get("example"))
        .or_else(|| property.get("default"))
        .or_else(|| property.get("const"))
        .or(one_of)
        .cloned()
}

/// Follow one reference into the same schema; generated schemas use no more.
pub(super) fn resolve<'a>(property: &'a Value, root: &'a Arguments) -> Option<&'a Arguments> {
    let object = property.as_object()?;
    let Some(pointer) = object.get("$ref").and_then(Value::as_str) else {
        return Some(object);
    };
    let mut path = pointer.strip_prefix("#/")?.split('/');
    let first = root.get(path.next()?)?;
    path.try_fold(first, |value, key| value.get(key))?
        .as_object()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tool(schema: &Value, annotations: &Value) -> Value {
        json!({"name": "t", "inputSchema": schema, "annotations": annotations})
    }

    /// How a project of ours is checked.
    fn ours() -> Options {
        Options {
            safe_calls: true,
            both_eras: true,
            ..Options::default()
        }
    }

    fn arguments(decision: Decision) -> Value {
        match decision {
            Decision::Call { arguments, .. } => Value::Object(arguments),
            Decision::Skip(reason) => json!(reason),
        }
    }

    fn reader(schema: &Value) -> Value {
        arguments(decide(
            &tool(schema, &json!({"readOnlyHint": true})),
            &ours(),
        ))
    }

    #[test]
    fn a_reader_is_called_with_what_its_schema_gives() {
        assert_eq!(reader(&json!({"type": "object"})), json!({}));
        let schema = json!({"required": ["a", "b", "c", "d", "e"], "properties": {
            "a": {"default": 1}, "b": {"examples": ["x"]}, "c": {"const": true}, "d": {"$ref": "#/$defs/D"},
            "e": {"example": null}, "optional": {}}, "$defs": {"D": {"enum": ["one", "two"]}}});
        assert_eq!(
            reader(&schema),
            json!({"a": 1, "b": "x", "c": true, "d": "one", "e": null})
        );
        assert_eq!(
            reader(&json!({"required": ["a"], "examples": [{"a": 2}]})),
            json!({"a": 2})
        );
    }

    #[test]
    fn a_reader_without_examples_is_left_alone() {
        for schema in [
            json!({"required": ["a"], "properties": {"a": {"type": "string"}}}),
            json!({"required": ["a"]}),
            json!({"required": ["a"], "properties": {"a": {"$ref": "#/nowhere"}}}),
            json!({"required": ["a"], "properties": {"a": {"$ref": "http://example.com/"}}}),
        ] {
            assert_eq!(reader(&schema), json!("a required argument has no example"));
        }
    }

    #[test]
    fn a_writer_is_called_only_when_asked_or_known_to_be_harmless() {
        let writer = tool(&json!({}), &json!({"readOnlyHint": false}));
        let additive = tool(
            &json!({}),
            &json!({"readOnlyHint": false, "destructiveHint": false}),
        );
        let given = [("t".to_owned(), Arguments::new())]
            .into_iter()
            .collect::<std::collections::BTreeMap<_, _>>();
        let known = Options {
            arguments: given.clone(),
            ..ours()
        };
        let asked = Options {
            calls: given,
            ..Options::default()
        };
        assert_eq!(
            decide(&writer, &known),
            Decision::Skip("not declared read-only")
        );
        let unchanged = Options {
            unchanged: true,
            ..known.clone()
        };
        assert!(matches!(
            decide(&writer, &unchanged),
            Decision::Call { asked: false, .. }
        ));
        assert_eq!(
            decide(&additive, &ours()),
            Decision::Skip("not declared read-only")
        );
        assert_eq!(
            decide(&additive, &known),
            Decision::Call {
                arguments: Arguments::new(),
                asked: false
            }
        );
        assert_eq!(
            decide(&writer, &asked),
            Decision::Call {
                arguments: Arguments::new(),
                asked: true
            }
        );
    }

    #[test]
    fn a_tool_of_another_server_is_called_only_when_the_user_wants_it_and_it_stays_at_home() {
        let schema = json!({"type": "object"});
        let reader = tool(&schema, &json!({"readOnlyHint": true}));
        let home = tool(
            &schema,
            &json!({"readOnlyHint": true, "openWorldHint": false}),
        );
        let skipped = |tool, options: &Options| matches!(decide(tool, options), Decision::Skip(_));
        let foreign = Options {
            safe_calls: true,
            ..Options::default()
        };
        assert!(skipped(&home, &Options::default()));
        assert!(skipped(&reader, &foreign));
        assert!(!skipped(&home, &foreign));
        let left_out = Options {
            skip: ["t".to_owned()].into(),
            ..foreign.clone()
        };
        assert!(skipped(&home, &left_out));
        let none = Options {
            no_calls: true,
            ..foreign
        };
        assert!(skipped(&home, &none));
    }
}
