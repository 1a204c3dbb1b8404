//! What the client says when the server asks it for something: what the user gives, or a proper refusal.

use std::collections::BTreeMap;

use rmcp::{
    RoleClient,
    model::{
        ClientConfig, ClientResult, CustomResult, ErrorCode, ErrorData, ServerNotification,
        ServerRequest,
    },
    service::{NotificationContext, RequestContext, Service},
};
use serde_json::{Map, Value, json};

use super::text;

/// What can be answered, and the method that asks for it.
const KINDS: [(&str, &str); 3] = [
    ("elicitation", "elicitation/create"),
    ("sampling", "sampling/createMessage"),
    ("roots", "roots/list"),
];

/// Answers by what they are for; what has none is refused.
#[derive(Debug, Clone, Default)]
pub struct Answers(BTreeMap<String, Value>);

impl Answers {
    /// Take what `--answer` gave; the last of a kind counts.
    #[must_use]
    pub fn new(given: &[(String, Value)]) -> Self {
        Self(given.iter().cloned().collect())
    }

    /// The capabilities of a client that can answer these.
    pub(super) fn capabilities(&self) -> Value {
        let names = self.0.keys().map(|name| (name.clone(), json!({})));
        Value::Object(names.collect())
    }

    /// The result that a request of the server gets; none where it is refused.
    fn result(&self, method: &str, params: &Value) -> Option<Value> {
        let (kind, _) = KINDS.iter().find(|(_, known)| *known == method)?;
        // A form can be filled in, a page on the web cannot be visited.
        if params["mode"] == "url" {
            return None;
        }
        self.0.get(*kind).cloned()
    }

    /// What a request gets that is made once more because its result asked for something: an answer to each question; none
    /// if one of them is refused.
    pub(super) fn responses(&self, result: &Value) -> Option<Map<String, Value>> {
        let questions = result["inputRequests"].as_object();
        let answer = |(key, question): (&String, &Value)| {
            let answer = self.result(question["method"].as_str()?, &question["params"])?;
            Some((key.clone(), answer))
        };
        questions.into_iter().flatten().map(answer).collect()
    }
}

/// Whether a result is none yet, since the server wants to know something first.
pub(super) fn is_question(result: &Value) -> bool {
    result["resultType"] == "input_required"
}

/// A request of a server for which there is no answer.
pub(super) fn unanswered(result: &Value) -> Option<String> {
    if !is_question(result) {
        return None;
    }
    let questions = result["inputRequests"].as_object();
    let methods = questions.into_iter().flatten();
    let methods: Vec<_> = methods
        .filter_map(|(_, question)| question["method"].as_str())
        .collect();
    let kind = |method: &&str| KINDS.iter().find(|(_, known)| known == method);
    let kinds = methods.iter().filter_map(kind);
    let flags: Vec<_> = kinds
        .map(|(kind, _)| format!("`--answer {kind}=…`"))
        .collect();
    let methods = text::shown(&methods.join(", "), text::LINE);
    Some(match flags.as_slice() {
        [] => "it asks its client for something before it answers".to_owned(),
        flags => format!(
            "it asks its client for `{methods}` before it answers; give it with {}",
            flags.join(" and ")
        ),
    })
}

/// Parse `--answer KIND=JSON`.
///
/// # Errors
///
/// What is wrong with it, for clap to show.
pub fn parse_answer(text: &str) -> Result<(String, Value), String> {
    let hint =
        "write it as elicitation='{\"FIELD\": …}', sampling='\"TEXT\"' or roots='[\"file:///…\"]'";
    let Some((kind, json)) = text.split_once('=') else {
        return Err(hint.to_owned());
    };
    let value: Value = serde_json::from_str(json)
        .map_err(|error| format!("the answer is not JSON: {error}; {hint}"))?;
    let result = match (kind, value) {
        ("elicitation", Value::Object(content)) => {
            json!({"action": "accept", "content": content})
        }
        ("sampling", Value::String(text)) => json!({
            "role": "assistant",
            "content": {"type": "text", "text": text},
            "model": env!("CARGO_PKG_NAME"),
            "stopReason": "endTurn",
        }),
        ("roots", Value::Array(uris)) => {
            let root = |uri: &Value| {
                let is_file = uri.as_str()?.starts_with("file://");
                is_file.then(|| json!({"uri": uri}))
            };
            let roots: Option<Vec<_>> = uris.iter().map(root).collect();
            json!({"roots": roots.ok_or(hint)?})
        }
        _ => return Err(hint.to_owned()),
    };
    Ok((kind.to_owned(), result))
}

/// The client as the SDK sees it.
#[derive(Debug, Clone)]
pub(super) struct Handler {
    pub config: ClientConfig,
    pub answers: Answers,
}

impl Service<RoleClient> for Handler {
    async fn handle_request(
        &self,
        request: ServerRequest,
        _: RequestContext<RoleClient>,
    ) -> Result<ClientResult, ErrorData> {
        if let ServerRequest::PingRequest(_) = request {
            return Ok(ClientResult::empty(()));
        }
        let request = serde_json::to_value(&request).unwrap_or_default();
        let method = request["method"].as_str().unwrap_or_default();
        match self.answers.result(method, &request["params"]) {
            Some(result) => Ok(ClientResult::CustomResult(CustomResult(result))),
            None => Err(ErrorData::new(
                ErrorCode::METHOD_NOT_FOUND,
                format!("this client does not answer {method}"),
                None,
            )),
        }
    }

    async fn handle_notification(
        &self,
        _: ServerNotification,
        _: NotificationContext<RoleClient>,
    ) -> Result<(), ErrorData> {
        // The tape keeps what came.
        Ok(())
    }

    fn get_info(&self) -> ClientConfig {
        self.config.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(given: &[&str]) -> Answers {
        let given: Vec<_> = given.iter().map(|it| parse_answer(it).unwrap()).collect();
        Answers::new(&given)
    }

    #[test]
    fn answers_are_validated() {
        for good in [
            "elicitation={\"a\":1}",
            "sampling=\"x=y\"",
            "roots=[\"file:///a\"]",
            "roots=[]",
        ] {
            assert!(parse_answer(good).is_ok(), "{good}");
        }
        for bad in [
            "elicitation=[]",
            "sampling=5",
            "roots=[1]",
            "roots=[\"/a\"]",
            "other={}",
            "elicitation",
            "roots=[",
        ] {
            let hint = parse_answer(bad).unwrap_err();
            assert!(hint.contains("elicitation='{"), "{bad}: {hint}");
        }
    }

    #[test]
    fn each_question_of_a_result_is_answered_or_none_is() {
        let answers = answers(&["elicitation={\"a\":1}"]);
        let asking = |questions: Value| json!({"inputRequests": questions});
        let one = asking(json!({"x": {"method": "elicitation/create", "params": {}}}));
        let accepted = json!({"x": {"action": "accept", "content": {"a": 1}}});
        assert_eq!(answers.responses(&one).map(Value::Object), Some(accepted));
        let two = json!({"x": {"method": "elicitation/create"}, "y": {"method": "roots/list"}});
        assert_eq!(answers.responses(&asking(two)), None);
        let page = json!({"x": {"method": "elicitation/create", "params": {"mode": "url"}}});
        assert_eq!(answers.responses(&asking(page)), None);
        assert_eq!(
            answers.responses(&json!({"requestState": "s"})),
            Some(Map::new())
        );
        assert_eq!(answers.capabilities(), json!({"elicitation": {}}));
    }

    #[test]
    fn a_request_without_an_answer_names_the_flag_for_it() {
        let result = json!({
            "resultType": "input_required",
            "inputRequests": {"x": {"method": "roots/list"}, "y": {"method": "other\u{1b}"}},
        });
        let said = unanswered(&result).unwrap();
        assert!(
            said.contains("`--answer roots=…`") && !said.contains('\u{1b}'),
            "{said}"
        );
        assert_eq!(unanswered(&json!({"resultType": "complete"})), None);
    }
}
