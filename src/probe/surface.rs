//! Fetches everything that a server lists, and keeps it as raw JSON.

use serde_json::Value;

use super::{
    ask::{METHOD_NOT_FOUND, Refusal, Talk},
    judge,
    pages::Pages,
    record::{Done, Recorder},
    report::Finding,
    text::count,
};

/// What a client sees of a server.
#[derive(Debug, Default, Clone)]
pub(super) struct Surface {
    pub capabilities: Value,
    pub instructions: Option<String>,
    pub tools: Vec<Value>,
    pub resources: Vec<Value>,
    pub templates: Vec<Value>,
    pub prompts: Vec<Value>,
    /// Capabilities of lists that did not come.
    pub failed: Vec<&'static str>,
}

impl Surface {
    pub fn new(opening: &Value) -> Self {
        Self {
            capabilities: opening["capabilities"].clone(),
            instructions: opening["instructions"].as_str().map(str::to_owned),
            ..Self::default()
        }
    }

    /// Whether the server says that it has this.
    pub fn promises(&self, capability: &str) -> bool {
        let promised = self.capabilities.get(capability);
        promised.is_some_and(|value| !value.is_null())
    }
}

/// One list of a server.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    pub method: &'static str,
    /// The member that holds the entries.
    pub member: &'static str,
    pub noun: &'static str,
    pub capability: &'static str,
}

pub(super) const TOOLS: List = List {
    method: "tools/list",
    member: "tools",
    noun: "tool",
    capability: "tools",
};
pub(super) const RESOURCES: List = List {
    method: "resources/list",
    member: "resources",
    noun: "resource",
    capability: "resources",
};
pub(super) const TEMPLATES: List = List {
    method: "resources/templates/list",
    member: "resourceTemplates",
    noun: "template",
    capability: "resources",
};
pub(super) const PROMPTS: List = List {
    method: "prompts/list",
    member: "prompts",
    noun: "prompt",
    capability: "prompts",
};

/// Fetch every page of one list, as one step; what an official client rejects fails it.
pub(super) async fn fetch(
    list: List,
    talk: &Talk,
    revision: &str,
    recorder: &mut Recorder<'_>,
) -> Vec<Value> {
    let limit = recorder.clock.step();
    let (mut items, mut found) = (Vec::new(), Vec::new());
    let pages = async {
        match all(list, talk, revision, (&mut items, &mut found)).await {
            // Whoever has no templates need not know the method.
            Err(refusal)
                if refusal.code == Some(METHOD_NOT_FOUND) && list.method == TEMPLATES.method =>
            {
                Ok(Done::new((), "not known"))
            }
            Err(refusal) => Err(refusal.reason),
            Ok(number) => Ok(Done::new((), count(number, list.noun))),
        }
    };
    let result = recorder
        .within(limit, list.method, list.method, pages)
        .await;
    recorder.settle(list.method, result);
    for finding in found {
        recorder.find_in(list.method, finding);
    }
    items
}

async fn all(
    list: List,
    talk: &Talk,
    revision: &str,
    (items, found): (&mut Vec<Value>, &mut Vec<Finding>),
) -> Result<usize, Refusal> {
    let nothing = |reason| Refusal { code: None, reason };
    let mut pages = Pages::default();
    let mut before = Value::Null;
    while let Some(params) = pages.next().map_err(nothing)? {
        let page = talk.ask(list.method, params).await?;
        found.extend(judge::result(list.method, revision, &page));
        let entries = &page[list.member];
        if *entries == before && entries.as_array().is_some_and(|it| !it.is_empty()) {
            let message = "a page has the same entries as the one before it";
            found.push(Finding::new("repeated-page", list.method, message));
        }
        let objects = entries.as_array().into_iter().flatten();
        items.extend(objects.filter(|it| it.is_object()).cloned());
        let next = page["nextCursor"].as_str().map(str::to_owned);
        before = entries.clone();
        pages.fetched(next, items.len()).map_err(nothing)?;
    }
    Ok(items.len())
}
