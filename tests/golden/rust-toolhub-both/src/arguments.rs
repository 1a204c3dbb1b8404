//! Arguments of tools and prompts, with errors that name the argument.

use std::borrow::Cow;

use rmcp::ErrorData;
use rmcp::handler::server::common::FromContextPart;
use rmcp::handler::server::prompt::PromptContext;
use rmcp::handler::server::tool::ToolCallContext;
use rmcp::model::JsonObject;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Typed arguments. The attributes `#[tool]` and `#[prompt]` find this type by its name.
#[derive(Debug)]
pub struct Parameters<T>(pub T);

impl<T: JsonSchema> JsonSchema for Parameters<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<S, T: DeserializeOwned> FromContextPart<ToolCallContext<'_, S>> for Parameters<T> {
    fn from_context_part(context: &mut ToolCallContext<'_, S>) -> Result<Self, ErrorData> {
        parse(context.arguments.take())
    }
}

impl<S, T: DeserializeOwned> FromContextPart<PromptContext<'_, S>> for Parameters<T> {
    fn from_context_part(context: &mut PromptContext<'_, S>) -> Result<Self, ErrorData> {
        parse(context.arguments.take())
    }
}

fn parse<T: DeserializeOwned>(arguments: Option<JsonObject>) -> Result<Parameters<T>, ErrorData> {
    let arguments = Value::Object(arguments.unwrap_or_default());
    serde_path_to_error::deserialize(arguments)
        .map(Parameters)
        .map_err(|error| {
            let text = match error.path().iter().next() {
                Some(_) => format!("invalid argument `{}`: {}", error.path(), error.inner()),
                None => format!("invalid arguments: {}", error.inner()),
            };
            ErrorData::invalid_params(text, None)
        })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Range {
        #[serde(rename = "from")]
        _from: u32,
    }

    fn refusal(arguments: Value) -> String {
        let Value::Object(arguments) = arguments else {
            panic!("arguments are an object");
        };
        let error = parse::<Range>(Some(arguments)).unwrap_err();
        error.message.into_owned()
    }

    #[test]
    fn a_refusal_names_the_argument() {
        let wrong_type = refusal(json!({"from": "a"}));
        assert!(
            wrong_type.starts_with("invalid argument `from`:"),
            "{wrong_type}"
        );
        let missing = refusal(json!({}));
        assert!(missing.ends_with("missing field `from`"), "{missing}");
        let unknown = refusal(json!({"from": 1, "to": 2}));
        assert!(unknown.contains("`to`"), "{unknown}");
    }
}
