//! One request of a server, and nothing but that: what `call` makes.

use serde_json::{Map, Value, json};

use super::{
    answers::unanswered,
    arguments::{Arguments, names},
    ask::Talk,
    judge::named,
    pages::Pages,
};

/// What to ask for.
#[derive(Debug, Clone)]
pub enum Request {
    Tool { name: String, arguments: Arguments },
    Resource { uri: String },
    Prompt { name: String, arguments: Arguments },
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The request cannot be made: why, and what could be.
    Request {
        reason: String,
        hint: Option<String>,
    },
    /// The server did not answer it.
    Answer(String),
}

impl From<super::ask::Refusal> for Refused {
    fn from(refusal: super::ask::Refusal) -> Self {
        Self::Answer(refusal.reason)
    }
}

/// Ask, in an open session.
pub(super) async fn ask(talk: &Talk, request: &Request) -> Result<Value, Refused> {
    let result = answer(talk, request).await?;
    match unanswered(&result) {
        Some(reason) => Err(Refused::Answer(reason)),
        None => Ok(result),
    }
}

async fn answer(talk: &Talk, request: &Request) -> Result<Value, Refused> {
    match request {
        Request::Tool { name, arguments } => {
            let tool = find(talk, "tools/list", "tools", ("tool", name)).await?;
            let arguments = typed(arguments, &tool["inputSchema"])?;
            let params = json!({"name": name, "arguments": arguments});
            Ok(talk.ask("tools/call", params).await?)
        }
        Request::Resource { uri } => Ok(talk.ask("resources/read", json!({"uri": uri})).await?),
        Request::Prompt { name, arguments } => {
            find(talk, "prompts/list", "prompts", ("prompt", name)).await?;
            // The protocol's arguments of prompts are strings, all of them.
            let arguments = match arguments {
                Arguments::Pairs(pairs) => {
                    let pairs = pairs.iter().cloned();
                    pairs
                        .map(|(key, value)| (key, Value::String(value)))
                        .collect()
                }
                Arguments::Whole(arguments) => arguments.clone(),
            };
            let mut params = json!({"name": name});
            if !arguments.is_empty() {
                params["arguments"] = Value::Object(arguments);
            }
            Ok(talk.ask("prompts/get", params).await?)
        }
    }
}

fn typed(arguments: &Arguments, schema: &Value) -> Result<Map<String, Value>, Refused> {
    arguments
        .typed(schema)
        .map_err(|reason| Refused::Request { reason, hint: None })
}

/// The entry of this name, page after page.
async fn find(
    talk: &Talk,
    method: &str,
    member: &str,
    (kind, name): (&str, &str),
) -> Result<Value, Refused> {
    let mut pages = Pages::default();
    let mut known = Vec::new();
    while let Some(params) = pages.next().map_err(Refused::Answer)? {
        let page = talk.ask(method, params).await?;
        for entry in page[member].as_array().into_iter().flatten() {
            match entry["name"].as_str() {
                Some(found) if found == name => return Ok(entry.clone()),
                found => known.extend(found.map(str::to_owned)),
            }
        }
        let next = page["nextCursor"].as_str().map(str::to_owned);
        pages.fetched(next, known.len()).map_err(Refused::Answer)?;
    }
    let hint = if known.is_empty() {
        format!("the server has no {kind}s")
    } else {
        format!("the server has {}", names(&known))
    };
    Err(Refused::Request {
        reason: format!("there is no {}", named(kind, name)),
        hint: Some(hint),
    })
}
