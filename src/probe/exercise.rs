//! Goes through everything an open session advertises: lists, calls, reads, prompts, completion.

use std::{collections::BTreeMap, fmt::Write as _};

use rmcp::{
    Peer, RoleClient,
    model::{
        ArgumentInfo, CallToolRequestParams, CallToolResponse, CompleteRequestParams,
        GetPromptRequestParams, GetPromptResponse, Prompt, ReadResourceRequestParams,
        ReadResourceResponse, Reference, Tool,
    },
};
use serde_json::{Map, Value};

use super::{
    explain::explain,
    lint::{Inventory, named},
    pages::Pages,
    record::{Done, Recorder, Stop},
    report::Finding,
    safe::{self, Decision},
    target::Options,
    text::{self, count},
};

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
    let mut skipped: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut called = 0;
    for tool in tools {
        let reason = match safe::decide(tool, options) {
            Decision::Call { .. } if called == MAX_CALLS => "enough were called",
            Decision::Call { arguments, asked } => {
                call(peer, tool, arguments, asked, recorder).await?;
                called += 1;
                continue;
            }
            Decision::Skip(reason) => reason,
        };
        skipped.entry(reason).or_default().push(&tool.name);
    }
    recorder.add_detail("tools/call", &format!("{} called", count(called, "tool")));
    for (reason, names) in skipped {
        recorder.skip("tools/call", &format!("{reason}: {}", some_of(&names)));
    }
    Ok(())
}

/// The first few names.
fn some_of(names: &[&str]) -> String {
    let shown = names
        .iter()
        .take(MAX_NAMES)
        .map(|name| format!("`{}`", text::shown(name, text::NAME)));
    let mut said = shown.collect::<Vec<_>>().join(", ");
    if names.len() > MAX_NAMES {
        let _ = write!(said, " and {} more", names.len() - MAX_NAMES);
    }
    said
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
