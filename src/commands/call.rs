//! `call`: one request of a server, and its answer as a person reads it.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::Value;

use crate::{
    cli::call::CallArgs,
    commands::check,
    error::{Code, Failure},
    launch,
    owner::Trust,
    probe::{self, Answers, Arguments, Endpoint, Headers, Launch, Options, Request, Target},
    project::Project,
    signal::{self, Busy},
    template::Template,
    ui::{Ui, printable},
};

/// Characters of an answer that are shown.
const MAX_SHOWN: usize = 100_000;

/// Run the verb.
///
/// # Errors
///
/// A usage failure for what cannot be asked; exit code 4 when the server answers with an error, or not at all.
pub fn run(args: &CallArgs, templates: &[Template<'_>], ui: Ui) -> Result<()> {
    let request = request(args)?;
    let (mut target, mut options) = target(args, templates, ui)?;
    target.add_env(&args.env);
    args.patience.apply(&mut options);
    options.answers = Answers::new(&args.answers);
    let _busy = Busy::begin();
    let progress = ui.progress("calling");
    let line = |line: &str| progress.line(line);
    let era = args.era.map(Into::into);
    let answer = probe::once(
        &target,
        &options,
        era,
        &request,
        &line,
        &signal::interrupted,
    )?;
    drop(progress);
    ui.value(&answer);
    ui.result(shown(&answer).trim_end());
    if answer["isError"] == true {
        let failure = Failure::new(Code::CheckFailed, "the tool answered with an error");
        return Err(failure.into());
    }
    Ok(())
}

fn request(args: &CallArgs) -> Result<Request> {
    let hint = "give one JSON object, or `key=value` for each argument";
    let arguments = |words: &[String]| {
        Arguments::parse(words).map_err(|reason| Failure::usage(reason).hint(hint))
    };
    if let Some(uri) = &args.resource {
        return Ok(Request::Resource { uri: uri.clone() });
    }
    if let Some(name) = &args.prompt {
        return Ok(Request::Prompt {
            name: name.clone(),
            arguments: arguments(&args.words)?,
        });
    }
    let Some((name, words)) = args.words.split_first() else {
        return Err(Failure::usage("the name of a tool is missing").into());
    };
    Ok(Request::Tool {
        name: name.clone(),
        arguments: arguments(words)?,
    })
}

fn target(args: &CallArgs, templates: &[Template<'_>], ui: Ui) -> Result<(Target, Options)> {
    let headers = Headers::parse(&args.headers)?;
    if let Some(url) = &args.url {
        let endpoint = Endpoint::parse(url, headers)?;
        let endpoint = endpoint.certified_by(args.ca.clone());
        return Ok((Target::Http(endpoint), Options::default()));
    }
    if !args.command.is_empty() {
        let launch = Launch::new(args.command.clone());
        return Ok((Target::Stdio(launch), Options::default()));
    }
    let here = std::path::Path::new(".");
    let start = args.project.as_deref().unwrap_or(here);
    let project = Project::find(start, &Trust::given(args.trust.trust))?;
    let (template, spec) = project.resolve(templates)?;
    check::build(template, &project.root, ui)?;
    let targets = launch::targets(&project.root, template, &spec, &headers, &args.env)?;
    let wanted = |target: &Target| args.over.is_none_or(|it| it.name() == target.transport());
    let target = targets.into_iter().find(wanted).ok_or_else(|| {
        let over = args.over.map_or("any transport", |it| it.name());
        Failure::usage(format!("the project does not speak {over}")).hint("leave out `--over`")
    })?;
    Ok((target, launch::options(template)?))
}

/// The answer for a person: texts as they are, anything else in a word or as JSON.
fn shown(answer: &Value) -> String {
    let mut out = String::new();
    let parts = answer["content"].as_array().into_iter().flatten();
    for part in parts {
        let _ = writeln!(out, "{}", content(part));
    }
    for part in answer["contents"].as_array().into_iter().flatten() {
        let _ = writeln!(out, "{}", resource(part));
    }
    for message in answer["messages"].as_array().into_iter().flatten() {
        let role = message["role"].as_str().unwrap_or("?");
        let _ = writeln!(out, "{role}: {}", content(&message["content"]));
    }
    let structured = answer.get("structuredContent").filter(|it| !it.is_null());
    if let Some(structured) = structured.filter(|_| out.trim().is_empty()) {
        let _ = writeln!(out, "{structured:#}");
    }
    if out.is_empty() {
        let _ = writeln!(out, "{answer:#}");
    }
    let cut = out.char_indices().nth(MAX_SHOWN);
    let cut = cut.map(|(at, _)| (out[..at].to_owned(), out[at..].chars().count()));
    let (text, more) = cut.unwrap_or((out, 0));
    let mut lines: Vec<_> = text.lines().map(printable).collect();
    if more > 0 {
        lines.push(format!(
            "… {more} more characters; `--json` prints them all"
        ));
    }
    lines.join("\n")
}

fn content(part: &Value) -> String {
    let text = |key: &str| part[key].as_str().unwrap_or("?");
    match part["type"].as_str() {
        Some("text") => text("text").to_owned(),
        Some(kind @ ("image" | "audio")) => {
            let bytes = text("data").len() * 3 / 4;
            format!("[{kind}: {}, about {bytes} bytes]", text("mimeType"))
        }
        Some("resource_link") => format!("[resource: {}]", text("uri")),
        Some("resource") => resource(&part["resource"]),
        _ => part.to_string(),
    }
}

fn resource(part: &Value) -> String {
    if let Some(text) = part["text"].as_str() {
        return text.to_owned();
    }
    let bytes = part["blob"].as_str().unwrap_or_default().len() * 3 / 4;
    let kind = part["mimeType"].as_str().unwrap_or("unknown type");
    let uri = part["uri"].as_str().unwrap_or("?");
    format!("[{uri}: {kind}, about {bytes} bytes]")
}
