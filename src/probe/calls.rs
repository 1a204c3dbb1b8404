//! Calls tools: those that the user names, and those that are safe. What a named call must do, another only should.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Map, Value, json};

use super::{
    answers::unanswered,
    ask::Refusal,
    exercise::Round,
    judge::{self, named},
    lint::lint_result,
    record::Stop,
    report::Finding,
    safe::{self, Decision},
    schema,
    text::{self, count},
};

const METHOD: &str = "tools/call";

/// Tools called in one session, and names of skipped ones that are said.
const MAX_CALLS: usize = 50;
const MAX_NAMES: usize = 5;

/// Make every call there is to make on this transport.
pub(super) async fn all(round: &mut Round<'_, '_>) -> Result<(), Stop> {
    let tools = round.surface.tools.clone();
    let name = |tool: &Value| tool["name"].as_str().unwrap_or_default().to_owned();
    let known = |wanted: &&String| tools.iter().any(|tool| tool["name"] == ***wanted);
    for missing in round.options.calls.keys().filter(|name| !known(name)) {
        let message = format!("there is no {}", named("tool", missing));
        let finding = Finding::new("call-failed", METHOD, message);
        round.recorder.find_in(METHOD, finding);
    }
    let mut skipped: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let (mut called, mut before) = (0, 0);
    for tool in &tools {
        let reason = match safe::decide(tool, round.options) {
            _ if round.called.contains(&name(tool)) => {
                before += 1;
                continue;
            }
            _ if round.busy => "a call before it is still running",
            Decision::Call { .. } if called == MAX_CALLS => "enough were called",
            Decision::Call { arguments, asked } => {
                round.called.insert(name(tool));
                called += 1;
                call(round, tool, arguments, asked).await?;
                continue;
            }
            Decision::Skip(reason) => reason,
        };
        skipped.entry(reason).or_default().push(name(tool));
    }
    if called > 0 {
        let said = format!("{} called", count(called, "tool"));
        round.recorder.add_detail(METHOD, &said);
    }
    if before > 0 {
        let said = format!("{} called in the other era", count(before, "tool"));
        round.recorder.skip(METHOD, &said);
    }
    for (reason, names) in skipped {
        let said = format!("{reason}: {}", some_of(&names));
        round.recorder.skip(METHOD, &said);
    }
    Ok(())
}

/// The first few names.
fn some_of(names: &[String]) -> String {
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
    round: &mut Round<'_, '_>,
    tool: &Value,
    arguments: Map<String, Value>,
    asked: bool,
) -> Result<(), Stop> {
    let name = tool["name"].as_str().unwrap_or_default();
    let subject = named("tool", name);
    let stage = format!("{METHOD}, {subject}");
    let params = json!({"name": name, "arguments": arguments});
    let limit = round.recorder.clock.step();
    let work = limit.run(round.talk.ask(METHOD, params));
    let outcome = round.recorder.observe(METHOD, &stage, work).await;
    let code = if asked { "call-failed" } else { "tool-error" };
    let trouble = match outcome {
        Err(late) => {
            round.busy = true;
            Some(late)
        }
        Ok(Err(Refusal { reason, .. })) => Some(reason),
        Ok(Ok(result)) => {
            let found = answered(tool, &subject, &result, &round.revision);
            for finding in found {
                round.recorder.find_in(METHOD, finding);
            }
            let is_error = result["isError"].as_bool() == Some(true);
            let error = || format!("it answered with an error: {}", first_text(&result));
            unanswered(&result).or_else(|| is_error.then(error))
        }
    };
    // A server that ends in a call is gone for everybody.
    if round.talk.is_over() {
        let reason = trouble.unwrap_or_else(|| "the server closed the connection".to_owned());
        return Err(Stop::new(stage, reason));
    }
    if let Some(reason) = trouble {
        let subject = if asked { stage } else { subject };
        round
            .recorder
            .find_in(METHOD, Finding::new(code, subject, reason));
    }
    Ok(())
}

/// What is wrong with a result.
fn answered(tool: &Value, subject: &str, result: &Value, revision: &str) -> Vec<Finding> {
    let mut found: Vec<_> = judge::result(METHOD, revision, result)
        .into_iter()
        .map(|finding| Finding {
            subject: subject.to_owned(),
            ..finding
        })
        .collect();
    found.extend(lint_result(subject, result));
    let is_whole = result["resultType"].as_str().unwrap_or("complete") == "complete";
    let is_error = result["isError"].as_bool() == Some(true);
    if let Some(output) = tool.get("outputSchema").filter(|it| it.is_object())
        && is_whole
        && !is_error
    {
        found.extend(schema::output(
            output,
            result.get("structuredContent"),
            subject,
        ));
    }
    found
}

fn first_text(result: &Value) -> String {
    let said = result["content"][0]["text"].as_str();
    text::shown(said.unwrap_or("no text"), text::LINE)
}
