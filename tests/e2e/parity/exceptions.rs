//! What may differ between the servers, each exception with its reason. It is taken out of both before they are compared.

use serde_json::{Value, json};

use super::REVISION;

pub fn apply(message: &mut Value) {
    if message["method"] == "notifications/progress" {
        // It says how many seconds have passed.
        message["params"]["progress"] = json!(0);
    }
    if message.get("error").is_some() || message["result"]["isError"] == true {
        // What does not fit a schema is refused by the SDKs, in their words and with their codes: mcp lets a tool fail where
        // rmcp answers with an error. What a server says itself is for the tests of its project.
        *message = json!({"id": message["id"], "refused": true});
    }
    let empty = |kind: &str| {
        message["result"][kind]
            .as_array()
            .is_some_and(Vec::is_empty)
    };
    if ["prompts", "resources", "resourceTemplates"]
        .iter()
        .any(|kind| empty(kind))
    {
        // A server without any answers so by mcp; rmcp does not know the method then.
        *message = json!({"id": message["id"], "refused": true});
    }
    if message.get("result").is_some() {
        in_result(&mut message["result"]);
    }
}

fn in_result(result: &mut Value) {
    if let Some(Value::Object(meta)) = result.get_mut("_meta") {
        // mcp says in every result of 2026-07-28 which server it is from, rmcp in that of `server/discover`.
        meta.remove("io.modelcontextprotocol/serverInfo");
        if meta.is_empty() {
            result.as_object_mut().map(|result| result.remove("_meta"));
        }
    }
    if let Some(Value::Object(capabilities)) = result.get_mut("capabilities") {
        // mcp announces lists that may stay empty, and that it would notify of changes.
        capabilities.retain(|kind, _| !["prompts", "resources"].contains(&kind.as_str()));
        capabilities.insert("tools".to_owned(), json!({}));
    }
    // For whom a list may be kept is what each SDK says by itself.
    result.as_object_mut().map(|it| it.remove("cacheScope"));
    if let Some(Value::Array(resources)) = result.get_mut("resources") {
        // Notes: by name, or as they were added.
        resources.sort_by_key(|it| it["uri"].to_string());
    }
    if let Some(Value::Array(versions)) = result.get_mut("supportedVersions") {
        // rmcp lists the revisions of the other handshake, too.
        versions.retain(|version| version == REVISION);
    }
    for tool in items(result, "tools") {
        for schema in ["inputSchema", "outputSchema"] {
            if let Some(Value::Object(members)) = tool.get_mut(schema) {
                let definitions = members.remove("$defs").unwrap_or_default();
                simplify(&mut tool[schema], &definitions);
            }
        }
    }
    for prompt in items(result, "prompts") {
        // rmcp lists them by name, mcp as they are declared.
        if let Some(Value::Array(arguments)) = prompt.get_mut("arguments") {
            arguments.sort_by_key(|it| it["name"].to_string());
        }
    }
    for content in items(result, "content") {
        content.get_mut("text").map(in_text);
    }
}

/// Write a schema as neither library does.
fn simplify(schema: &mut Value, definitions: &Value) {
    if let Value::Array(items) = schema {
        for item in items {
            simplify(item, definitions);
        }
    }
    let Value::Object(members) = schema else {
        return;
    };
    // schemars refers to every type that has a name, and describes it; Pydantic does so with classes only.
    if let Some(Value::String(path)) = members.remove("$ref") {
        let definition = &definitions[path.trim_start_matches("#/$defs/")];
        let inherited = definition.as_object().into_iter().flatten();
        for (key, value) in inherited.filter(|(key, _)| *key != "description") {
            members.entry(key).or_insert_with(|| value.clone());
        }
    }
    // mcp ignores arguments that a tool does not have, which schemars lets serde refuse.
    members.remove("additionalProperties");
    // schemars names the dialect, and the width of numbers.
    members.remove("$schema");
    members.retain(|key, value| key != "format" || !value.is_string());
    // Pydantic gives everything a title, and says of what may be null that it is so when it is absent.
    members.retain(|key, value| key != "title" || !value.is_string());
    members.retain(|key, value| key != "default" || !value.is_null());
    for member in members.values_mut() {
        simplify(member, definitions);
    }
    // Both have alternatives in an order of their own, and Pydantic has those of types one by one.
    if let Some(Value::Array(mut choices)) = members.remove("anyOf") {
        choices.sort_by_key(Value::to_string);
        let only_type = |it: &Value| {
            let only = it.as_object().is_some_and(|it| it.len() == 1);
            only && it.get("type").is_some()
        };
        let (key, choices) = if choices.iter().all(only_type) {
            let types = choices.iter().flat_map(|it| match &it["type"] {
                Value::Array(types) => types.clone(),
                of_one => vec![of_one.clone()],
            });
            ("type", types.collect())
        } else {
            ("anyOf", choices)
        };
        members.insert(key.to_owned(), Value::Array(choices));
    }
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.sort_by_key(Value::to_string);
    }
}

fn in_text(text: &mut Value) {
    let Some(told) = text.as_str() else { return };
    // Structured content as a text: rmcp sorts the members of an object, mcp has them as they are declared.
    if let Ok(value @ Value::Object(_)) = serde_json::from_str(told) {
        *text = value;
    }
}

fn items<'a>(object: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    let list = object.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}
