//! One request at a time: sent through the SDK, answered with raw JSON.

use rmcp::{Peer, RoleClient, model::ClientRequest, service::PeerRequestOptions};
use serde_json::{Value, json};

use super::{
    answers::{Answers, is_question},
    explain::explain,
    tape::{Answer, Tape, error_code, error_text},
    text,
};

/// How often a server may ask back before it answers.
const MAX_QUESTIONS: usize = 5;

/// The server does not know a method.
pub(super) const METHOD_NOT_FOUND: i64 = -32601;

/// Why a request has no result.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    /// Of the error that the server answered with; none where nothing came.
    pub code: Option<i64>,
    pub reason: String,
}

impl From<Refusal> for String {
    fn from(refusal: Refusal) -> Self {
        refusal.reason
    }
}

/// An open session to ask in.
#[derive(Debug, Clone)]
pub(super) struct Talk {
    peer: Peer<RoleClient>,
    tape: Tape,
    answers: Answers,
}

impl Talk {
    pub fn new(peer: Peer<RoleClient>, tape: Tape, answers: Answers) -> Self {
        Self {
            peer,
            tape,
            answers,
        }
    }

    pub fn tape(&self) -> &Tape {
        &self.tape
    }

    /// Whether the server is gone, so that there is no use in asking on.
    pub fn is_over(&self) -> bool {
        self.peer.is_transport_closed()
    }

    /// Ask, and wait for the answer; the caller bounds the time. A server that wants to know something first is told what
    /// the user gave for that; its question is the answer if there is nothing to tell.
    pub async fn ask(&self, method: &str, mut params: Value) -> Result<Value, Refusal> {
        for _ in 0..MAX_QUESTIONS {
            let result = self.ask_once(method, params.clone()).await?;
            if !is_question(&result) {
                return Ok(result);
            }
            let Some(responses) = self.answers.responses(&result) else {
                return Ok(result);
            };
            params["inputResponses"] = Value::Object(responses);
            params["requestState"] = result["requestState"].clone();
        }
        let reason = format!("it asked its client for something {MAX_QUESTIONS} times");
        Err(Refusal { code: None, reason })
    }

    async fn ask_once(&self, method: &str, params: Value) -> Result<Value, Refusal> {
        let nothing = |reason: String| Refusal { code: None, reason };
        let request: ClientRequest =
            serde_json::from_value(json!({"method": method, "params": params}))
                .map_err(|error| nothing(error.to_string()))?;
        let options = PeerRequestOptions::no_options();
        let pending = self.peer.send_cancellable_request(request, options).await;
        let pending = pending.map_err(|error| nothing(explain(error)))?;
        let id = pending.id.clone();
        let outcome = pending.await_response().await;
        match (self.tape.answer(&id), outcome) {
            (Some(Answer::Result(result)), _) => Ok(result),
            (Some(Answer::Error(error)), _) => Err(refusal(&error)),
            (None, Err(error)) => Err(nothing(explain(error))),
            (None, Ok(_)) => Err(nothing("the answer was lost".to_owned())),
        }
    }
}

/// What an error says, in words.
pub(super) fn refusal(error: &Value) -> Refusal {
    let code = error_code(error);
    let said = text::shown(error_text(error), text::LINE);
    let reason = match code {
        Some(code) => format!("it answered with error {code}: {said}"),
        None => format!("it answered with an error without a code: {said}"),
    };
    Refusal { code, reason }
}
