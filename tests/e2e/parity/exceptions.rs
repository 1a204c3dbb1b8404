//! What may differ between the servers, each exception with its reason. It is taken out of both before they are compared.

use serde_json::{Value, json};

use super::REVISION;
use super::script::Step;

pub fn apply(step: &Step, message: &mut Value) {
    if message["method"] == "notifications/progress" {
        // It says how many seconds have passed.
        message["params"]["progress"] = json!(0);
    }
    if message.get("error").is_some() {
        in_error(step, &mut message["error"]);
    }
    if message.get("result").is_some() {
        in_result(&mut message["result"]);
    }
}

fn in_error(step: &Step, error: &mut Value) {
    if step.malformed {
        // A request of another shape than its method has does not reach the server's own code. rmcp takes it for one of a
        // method that it does not know (-32601), mcp says that the parameters are invalid (-32602), or that they are not what
        // the headers say (-32020).
        *error = json!("refused");
    } else if error["code"] == -32601 {
        // rmcp answers with the method's name as the text, mcp has it in `data`.
        *error = json!({"code": -32601});
    } else if error["code"] == -32020 {
        // Which header is wrong is said in the SDK's words.
        *error = json!({"code": -32020});
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
    if let Some(Value::Array(versions)) = result.get_mut("supportedVersions") {
        // rmcp lists the revisions of the other handshake, too.
        versions.retain(|version| version == REVISION);
    }
    for tool in items(result, "tools") {
        for schema in ["inputSchema", "outputSchema"] {
            tool.get_mut(schema).map(without_keywords);
        }
    }
    for content in items(result, "content") {
        content.get_mut("text").map(in_text);
    }
}

/// schemars names the dialect of a schema, Pydantic gives every part of one a title.
fn without_keywords(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.remove("$schema");
            if members.get("title").is_some_and(Value::is_string) {
                members.remove("title");
            }
            members.values_mut().for_each(without_keywords);
        }
        Value::Array(items) => items.iter_mut().for_each(without_keywords),
        _ => {}
    }
}

fn in_text(text: &mut Value) {
    let Some(told) = text.as_str() else { return };
    // Structured content as a text: rmcp sorts the members of an object, mcp has them as they are declared.
    if let Ok(value @ Value::Object(_)) = serde_json::from_str(told) {
        *text = value;
        return;
    }
    // serde names the types of Rust, and both forms in which it would read an enum.
    let told = told.replace("expected string or map", "expected a string");
    let told = told.replace("expected u32", "expected an integer");
    *text = json!(told);
}

fn items<'a>(object: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    let list = object.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}
