//! Goes through everything an open session advertises: lists, calls, reads, prompts, completion.

use std::{collections::BTreeSet, fmt::Display};

use rmcp::{
    Peer, RoleClient, ServiceError,
    model::{
        ArgumentInfo, CallToolRequestParams, CallToolResponse, CompleteRequestParams,
        GetPromptRequestParams, GetPromptResponse, PaginatedRequestParams, Prompt,
        ReadResourceRequestParams, ReadResourceResponse, Reference, Tool,
    },
};
use serde_json::{Map, Value};

use super::{
    lint::{Inventory, named},
    record::{Done, Recorder, Stop},
    report::Finding,
    safe::{self, Decision},
    target::Options,
    text::{self, count},
};

/// Bounds on what one list may hold: far beyond any real server, small enough to end.
const MAX_PAGES: usize = 100;
const MAX_ITEMS: usize = 10_000;
/// Tools called in one session, and names of skipped ones that are said.
const MAX_CALLS: usize = 50;
const MAX_NAMES: usize = 5;

/// Go through everything, and stop at the first failure.
pub(super) async fn everything(
    peer: &Peer<RoleClient>,
    options: &Options,
    inventory: &mut Inventory,
    recorder: &mut Recorder<'_>,
) -> Result<(), Stop> {
    let capabilities = peer
        .peer_info()
        .map(|info| info.capabilities.clone())
        .unwrap_or_default();
    if capabilities.tools.is_some() {
        inventory.tools = list!(recorder, peer, "tools/list", list_tools, tools, "tool");
        tools(peer, &inventory.tools, options, recorder).await?;
    } else if let Some(name) = options.calls.keys().next() {
        return Err(Stop::new(
            "tools/call",
            format!(
                "there are no tools, so {} cannot be called",
                named("tool", name)
            ),
        ));
    }
    if capabilities.resources.is_some() {
        inventory.resources = list!(
            recorder,
            peer,
            "resources/list",
            list_resources,
            resources,
            "resource"
        );
        inventory.templates = list!(
            recorder,
            peer,
            "resources/templates/list",
            list_resource_templates,
            resource_templates,
            "template"
        );
        read(peer, inventory, recorder).await?;
    }
    if capabilities.prompts.is_some() {
        inventory.prompts = list!(
            recorder,
            peer,
            "prompts/list",
            list_prompts,
            prompts,
            "prompt"
        );
        prompt(
            peer,
            &inventory.prompts,
            capabilities.completions.is_some(),
            recorder,
        )
        .await?;
    }
    if capabilities.completions.is_some() {
        complete(peer, inventory, recorder).await?;
    }
    Ok(())
}

/// Fetch every page of one list, as one step.
macro_rules! list {
    ($recorder:ident, $peer:ident, $name:literal, $method:ident, $field:ident, $noun:literal) => {{
        let pages = async {
            let mut pages = Pages::default();
            let mut items = Vec::new();
            while let Some(params) = pages.next()? {
                let page = $peer.$method(params).await.map_err(explain)?;
                items.extend(page.$field);
                pages.fetched(page.next_cursor, items.len())?;
            }
            Ok(Done {
                detail: count(items.len(), $noun),
                value: items,
            })
        };
        $recorder.step($name, pages).await?
    }};
}
use list;

/// Follows cursors, and refuses to follow them for ever.
#[derive(Debug, Default)]
struct Pages {
    fetched: usize,
    cursor: Option<String>,
    is_last: bool,
    seen: BTreeSet<String>,
}

impl Pages {
    #[expect(
        clippy::option_option,
        reason = "the SDK takes an optional cursor, and there may be no next page"
    )]
    fn next(&mut self) -> Result<Option<Option<PaginatedRequestParams>>, String> {
        if self.is_last {
            return Ok(None);
        }
        if self.fetched == MAX_PAGES {
            return Err(format!("there are more than {MAX_PAGES} pages"));
        }
        let cursor = self.cursor.take();
        Ok(Some(cursor.map(|cursor| {
            PaginatedRequestParams::default().with_cursor(Some(cursor))
        })))
    }

    fn fetched(&mut self, next: Option<String>, items: usize) -> Result<(), String> {
        self.fetched += 1;
        if items > MAX_ITEMS {
            return Err(format!("there are more than {MAX_ITEMS} entries"));
        }
        match &next {
            None => self.is_last = true,
            Some(cursor) if !self.seen.insert(cursor.clone()) => {
                return Err(format!(
                    "its cursor `{}` leads back to itself",
                    text::shown(cursor, text::LINE)
                ));
            }
            Some(_) => {}
        }
        self.cursor = next;
        Ok(())
    }
}

async fn tools(
    peer: &Peer<RoleClient>,
    tools: &[Tool],
    options: &Options,
    recorder: &mut Recorder<'_>,
) -> Result<(), Stop> {
    let is_missing = |name: &&String| !tools.iter().any(|tool| tool.name == **name);
    if let Some(missing) = options.calls.keys().find(is_missing) {
        return Err(Stop::new(
            "tools/call",
            format!("there is no {}", named("tool", missing)),
        ));
    }
    let mut skipped = Vec::new();
    let mut called = 0;
    for tool in tools {
        match safe::decide(tool, options) {
            Decision::Call { .. } if called == MAX_CALLS => {
                skipped.push((tool, "enough were called"))
            }
            Decision::Call { arguments, asked } => {
                call(peer, tool, arguments, asked, recorder).await?;
                called += 1;
            }
            Decision::Skip(reason) => skipped.push((tool, reason)),
        }
    }
    recorder.add_detail("tools/call", &format!("{} called", count(called, "tool")));
    for (tool, reason) in skipped.iter().take(MAX_NAMES) {
        recorder.skip(
            "tools/call",
            &format!("{} not called: {reason}", named("tool", &tool.name)),
        );
    }
    if skipped.len() > MAX_NAMES {
        recorder.skip(
            "tools/call",
            &format!("{} more not called", skipped.len() - MAX_NAMES),
        );
    }
    Ok(())
}

async fn call(
    peer: &Peer<RoleClient>,
    tool: &Tool,
    arguments: Map<String, Value>,
    asked: bool,
    recorder: &mut Recorder<'_>,
) -> Result<(), Stop> {
    let subject = named("tool", &tool.name);
    let params = CallToolRequestParams::new(tool.name.clone()).with_arguments(arguments);
    let request = async {
        let answer = peer.call_tool_once(params).await.map_err(explain)?;
        let CallToolResponse::Complete(result) = answer else {
            return Ok(Done::new(None, "asked for more"));
        };
        if result.is_error == Some(true) {
            let said = result
                .content
                .first()
                .and_then(|content| content.as_text())
                .map(|text| text.text.as_str());
            let said = format!(
                "it answered with an error: {}",
                text::shown(said.unwrap_or("no text"), text::LINE)
            );
            return if asked {
                Err(said)
            } else {
                Ok(Done::new(Some(("tool-error", said)), ""))
            };
        }
        let is_bare = tool.output_schema.is_some() && result.structured_content.is_none();
        let said = "it has an output schema, but returned no structured content".to_owned();
        Ok(Done::new(is_bare.then_some(("tool-output", said)), ""))
    };
    let finding = recorder.step_on("tools/call", &subject, request).await?;
    if let Some((code, message)) = finding {
        recorder.find(Finding::new(code, subject, message));
    }
    Ok(())
}

async fn read(
    peer: &Peer<RoleClient>,
    inventory: &Inventory,
    recorder: &mut Recorder<'_>,
) -> Result<(), Stop> {
    let Some(resource) = inventory.resources.first() else {
        recorder.skip("resources/read", "no resource is listed");
        return Ok(());
    };
    let subject = named("resource", &resource.uri);
    let request = async {
        let params = ReadResourceRequestParams::new(resource.uri.clone());
        match peer.read_resource_once(params).await.map_err(explain)? {
            ReadResourceResponse::Complete(result) if result.contents.is_empty() => {
                Err("it answered with no contents".to_owned())
            }
            ReadResourceResponse::Complete(_) => Ok(Done::new((), subject.as_str())),
            _ => Ok(Done::new((), "asked for more")),
        }
    };
    recorder.step_on("resources/read", &subject, request).await
}

async fn prompt(
    peer: &Peer<RoleClient>,
    prompts: &[Prompt],
    can_complete: bool,
    recorder: &mut Recorder<'_>,
) -> Result<(), Stop> {
    let needs = |prompt: &Prompt| required_arguments(prompt).count();
    // The one that needs least.
    let Some(prompt) = prompts.iter().min_by_key(|prompt| needs(prompt)) else {
        recorder.skip("prompts/get", "no prompt is listed");
        return Ok(());
    };
    if needs(prompt) > 0 && !can_complete {
        recorder.skip("prompts/get", "every prompt has a required argument");
        return Ok(());
    }
    let subject = named("prompt", &prompt.name);
    let request = async {
        let mut params = GetPromptRequestParams::new(prompt.name.clone());
        let mut arguments = Map::new();
        for name in required_arguments(prompt) {
            let values =
                completions(peer, Reference::for_prompt(prompt.name.clone()), name).await?;
            let Some(value) = values.into_iter().next() else {
                return Ok(Done::new(false, "a required argument has no completion"));
            };
            arguments.insert(name.to_owned(), Value::String(value));
        }
        if !arguments.is_empty() {
            params = params.with_arguments(arguments);
        }
        match peer.get_prompt_once(params).await.map_err(explain)? {
            GetPromptResponse::Complete(result) if result.messages.is_empty() => {
                Err("it answered with no messages".to_owned())
            }
            GetPromptResponse::Complete(_) => Ok(Done::new(true, subject.as_str())),
            _ => Ok(Done::new(true, "asked for more")),
        }
    };
    if !recorder.step_on("prompts/get", &subject, request).await? {
        recorder.mark_skipped("prompts/get");
    }
    Ok(())
}

fn required_arguments(prompt: &Prompt) -> impl Iterator<Item = &str> {
    let arguments = prompt.arguments.iter().flatten();
    arguments
        .filter(|argument| argument.required == Some(true))
        .map(|argument| argument.name.as_str())
}

async fn complete(
    peer: &Peer<RoleClient>,
    inventory: &Inventory,
    recorder: &mut Recorder<'_>,
) -> Result<(), Stop> {
    let from_prompts = inventory.prompts.iter().find_map(|prompt| {
        let argument = prompt.arguments.iter().flatten().next()?;
        Some((
            Reference::for_prompt(prompt.name.clone()),
            argument.name.clone(),
        ))
    });
    let from_templates = || {
        inventory.templates.iter().find_map(|template| {
            let (_, rest) = template.uri_template.split_once('{')?;
            let (variable, _) = rest.split_once('}')?;
            let variable = variable.trim_start_matches(|c: char| !c.is_alphanumeric());
            Some((
                Reference::for_resource(template.uri_template.clone()),
                variable.to_owned(),
            ))
        })
    };
    let Some((reference, argument)) = from_prompts.or_else(from_templates) else {
        recorder.skip("completion/complete", "nothing takes an argument");
        return Ok(());
    };
    let request = async {
        let values = completions(peer, reference, &argument).await?;
        Ok(Done::new((), count(values.len(), "value")))
    };
    recorder
        .step_on(
            "completion/complete",
            &named("argument", &argument),
            request,
        )
        .await
}

async fn completions(
    peer: &Peer<RoleClient>,
    reference: Reference,
    argument: &str,
) -> Result<Vec<String>, String> {
    let params = CompleteRequestParams::new(reference, ArgumentInfo::new(argument, ""));
    Ok(peer
        .complete(params)
        .await
        .map_err(explain)?
        .completion
        .values)
}

/// Why a request failed, in words.
pub(super) fn explain(error: ServiceError) -> String {
    match error {
        ServiceError::McpError(error) => explain_answer(error.code.0, &error.message),
        ServiceError::TransportSend(error) => plain(&error.error),
        ServiceError::TransportClosed => "the server closed the connection".to_owned(),
        ServiceError::UnexpectedResponse => {
            "the result does not have the shape that the method asks for".to_owned()
        }
        other => plain(&other),
    }
}

pub(super) fn explain_answer(code: i32, message: &str) -> String {
    format!(
        "it answered with error {code}: {}",
        text::shown(message, text::LINE)
    )
}

pub(super) fn plain(error: &dyn Display) -> String {
    text::shown(&error.to_string(), text::REASON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_end_when_there_is_no_cursor() {
        let mut pages = Pages::default();
        assert_eq!(pages.next(), Ok(Some(None)));
        pages.fetched(Some("a".to_owned()), 1).unwrap();
        assert_eq!(
            pages.next().unwrap().unwrap().unwrap().cursor.as_deref(),
            Some("a")
        );
        pages.fetched(None, 2).unwrap();
        assert_eq!(pages.next(), Ok(None));
    }

    #[test]
    fn endless_and_circular_pages_are_refused() {
        let mut pages = Pages::default();
        for number in 0..MAX_PAGES {
            pages.next().unwrap();
            pages.fetched(Some(number.to_string()), 1).unwrap();
        }
        assert!(pages.next().unwrap_err().contains("more than 100 pages"));
        let mut circle = Pages::default();
        circle.fetched(Some("a".to_owned()), 1).unwrap();
        assert!(
            circle
                .fetched(Some("a".to_owned()), 1)
                .unwrap_err()
                .contains("leads back")
        );
        assert!(Pages::default().fetched(None, MAX_ITEMS + 1).is_err());
    }
}
