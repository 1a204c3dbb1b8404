//! What client and server really said to each other, under the SDK: each answer is kept as raw JSON and judged as such.
//!
//! The SDK carries requests, keeps sessions and matches answers; what is in them it never decides. A result reaches it
//! as an empty one, and an opening as the least that it needs, so that a malformed answer ends nothing but itself.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rmcp::{
    RoleClient,
    model::{
        ClientJsonRpcMessage, JsonRpcMessage, NumberOrString, ServerJsonRpcMessage, ServerResult,
    },
    service::RxJsonRpcMessage,
};
use serde_json::{Value, json};

use super::text;

/// Answers and notifications that are kept until they are looked at.
const MAX_KEPT: usize = 100;

/// What a client reads from the server.
pub(super) type Message = RxJsonRpcMessage<RoleClient>;

/// One answer as it came.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    Result(Value),
    Error(Value),
}

/// A notification, or a request that the server makes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    pub method: String,
    pub params: Value,
    pub is_request: bool,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Tape(Arc<Mutex<Reel>>);

#[derive(Debug, Default)]
struct Reel {
    /// The methods of requests without an answer yet.
    asked: BTreeMap<i64, String>,
    answers: BTreeMap<i64, Answer>,
    opening: Option<(String, Answer)>,
    said: Vec<Said>,
    /// Whether a number came back as a text.
    text_ids: bool,
}

impl Tape {
    /// Note what is about to be sent.
    pub fn sent(&self, message: &ClientJsonRpcMessage) {
        if let ClientJsonRpcMessage::Request(request) = message
            && let NumberOrString::Number(id) = request.id
        {
            let mut reel = self.reel();
            reel.asked.insert(id, request.request.method().to_owned());
        }
    }

    /// Keep a message that came, and give what the SDK needs of it.
    pub fn pass(&self, mut value: Value) -> Result<Message, String> {
        let object = value.as_object().ok_or("it is JSON, but not an object")?;
        let is_message = ["method", "result", "error"]
            .iter()
            .any(|key| object.contains_key(*key));
        if object.get("jsonrpc").and_then(Value::as_str) != Some("2.0") || !is_message {
            return Err("it is JSON, but not a JSON-RPC 2.0 message".to_owned());
        }
        if object.contains_key("method") {
            self.note(&value);
            return typed(value);
        }
        let mut reel = self.reel();
        let id = match &value["id"] {
            Value::String(text) => text.parse().ok().inspect(|_| reel.text_ids = true),
            id => id.as_i64(),
        };
        let Some((id, method)) = id.and_then(|id| Some((id, reel.asked.remove(&id)?))) else {
            // An answer to nothing that was asked: the SDK drops it.
            return typed(value);
        };
        let (answer, message) = if let Some(result) = value.get_mut("result").map(Value::take) {
            let given = stand_in(&method, &result);
            (Answer::Result(result), given)
        } else {
            let error = value["error"].take();
            let given = json!({"code": error_code(&error).unwrap_or(-32603), "message": error_text(&error)});
            let given = json!({"jsonrpc": "2.0", "id": id, "error": with_data(given, &error)});
            (Answer::Error(error), serde_json::from_value(given).ok())
        };
        let message = message.map(|message: Message| with_id(message, id));
        if matches!(method.as_str(), "initialize" | "server/discover") {
            reel.opening = Some((method, answer));
        } else if reel.answers.len() < MAX_KEPT {
            reel.answers.insert(id, answer);
        }
        Ok(message.unwrap_or_else(|| empty(id)))
    }

    fn note(&self, value: &Value) {
        let mut reel = self.reel();
        if reel.said.len() < MAX_KEPT {
            reel.said.push(Said {
                method: value["method"].as_str().unwrap_or_default().to_owned(),
                params: value["params"].clone(),
                is_request: value.get("id").is_some(),
            });
        }
    }

    /// The answer to one request, once.
    pub fn answer(&self, id: &NumberOrString) -> Option<Answer> {
        match id {
            NumberOrString::Number(id) => self.reel().answers.remove(id),
            NumberOrString::String(_) => None,
        }
    }

    /// The method that opened the session, and what it answered.
    pub fn opening(&self) -> Option<(String, Answer)> {
        self.reel().opening.clone()
    }

    /// What the server said by itself since the last call.
    pub fn said(&self) -> Vec<Said> {
        std::mem::take(&mut self.reel().said)
    }

    pub fn has_text_ids(&self) -> bool {
        self.reel().text_ids
    }

    fn reel(&self) -> MutexGuard<'_, Reel> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn typed(value: Value) -> Result<Message, String> {
    serde_json::from_value(value).map_err(|error| {
        format!(
            "it is JSON-RPC, but not MCP: {}",
            text::shown(&error.to_string(), text::LINE)
        )
    })
}

fn empty(id: i64) -> Message {
    ServerJsonRpcMessage::response(ServerResult::empty(()), NumberOrString::Number(id))
}

fn with_id(message: Message, id: i64) -> Message {
    match message {
        JsonRpcMessage::Response(mut response) => {
            response.id = NumberOrString::Number(id);
            JsonRpcMessage::Response(response)
        }
        message => message,
    }
}

/// The least of an opening's result that the SDK goes on with; nothing for other methods.
fn stand_in(method: &str, result: &Value) -> Option<Message> {
    let nobody = json!({"name": "-", "version": "-"});
    let result = match method {
        "initialize" => {
            let version = result.get("protocolVersion")?.as_str()?;
            json!({"protocolVersion": version, "capabilities": {}, "serverInfo": nobody})
        }
        "server/discover" => {
            let versions = result.get("supportedVersions")?.as_array()?;
            let versions: Vec<_> = versions
                .iter()
                .filter(|version| version.is_string())
                .collect();
            json!({
                "supportedVersions": versions,
                "capabilities": {},
                "resultType": "complete",
                "ttlMs": 0,
                "cacheScope": "private",
            })
        }
        _ => return None,
    };
    serde_json::from_value(json!({"jsonrpc": "2.0", "id": 0, "result": result})).ok()
}

pub(super) fn error_code(error: &Value) -> Option<i64> {
    error.get("code").and_then(Value::as_i64)
}

pub(super) fn error_text(error: &Value) -> &str {
    let message = error.get("message").and_then(Value::as_str);
    message.unwrap_or_default()
}

fn with_data(mut given: Value, error: &Value) -> Value {
    if let Some(data) = error.get("data") {
        given["data"] = data.clone();
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tape on which `method` was asked with id 7.
    fn tape(method: &str) -> Tape {
        let tape = Tape::default();
        tape.reel().asked.insert(7, method.to_owned());
        tape
    }

    #[test]
    fn an_answer_is_kept_as_it_came_and_the_sdk_gets_an_empty_one() {
        let tape = tape("tools/list");
        let result = json!({"tools": [{"title": null}]});
        let message = tape
            .pass(json!({"jsonrpc": "2.0", "id": 7, "result": result}))
            .unwrap();
        assert!(
            matches!(message, JsonRpcMessage::Response(_)),
            "{message:?}"
        );
        let id = NumberOrString::Number(7);
        assert_eq!(tape.answer(&id), Some(Answer::Result(result)));
        assert_eq!(tape.answer(&id), None);
        assert!(!tape.has_text_ids());
    }

    #[test]
    fn a_number_that_comes_back_as_a_text_is_still_the_answer() {
        let tape = tape("tools/list");
        let message = tape
            .pass(json!({"jsonrpc": "2.0", "id": "7", "result": {}}))
            .unwrap();
        let JsonRpcMessage::Response(response) = message else {
            panic!("{message:?}")
        };
        assert_eq!(response.id, NumberOrString::Number(7));
        assert!(tape.has_text_ids());
    }

    #[test]
    fn an_error_without_a_code_is_still_an_error() {
        let tape = tape("tools/list");
        let error = json!({"code": "E", "message": null});
        let message = tape
            .pass(json!({"jsonrpc": "2.0", "id": 7, "error": error}))
            .unwrap();
        assert!(matches!(message, JsonRpcMessage::Error(_)), "{message:?}");
        let kept = tape.answer(&NumberOrString::Number(7));
        assert_eq!(kept, Some(Answer::Error(error)));
    }

    #[test]
    fn a_malformed_opening_still_opens() {
        let tape = tape("initialize");
        let result =
            json!({"protocolVersion": "2025-11-25", "instructions": null, "capabilities": null});
        let message = tape
            .pass(json!({"jsonrpc": "2.0", "id": 7, "result": result}))
            .unwrap();
        let JsonRpcMessage::Response(response) = message else {
            panic!("{message:?}")
        };
        assert!(matches!(response.result, ServerResult::InitializeResult(_)));
        assert_eq!(
            tape.opening(),
            Some(("initialize".to_owned(), Answer::Result(result)))
        );
    }

    #[test]
    fn what_the_server_says_by_itself_is_kept_and_bounded() {
        let tape = Tape::default();
        for _ in 0..2 * MAX_KEPT {
            let message =
                json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {}});
            tape.pass(message).unwrap();
        }
        assert_eq!(tape.said().len(), MAX_KEPT);
        assert_eq!(tape.said(), []);
    }
}
