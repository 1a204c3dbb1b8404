//! `add`: a tool, a resource or a prompt for a project that exists.

use std::path::Path;

use anyhow::Result;
use serde_json::json;

use crate::{
    answers,
    apply::{self, Disk},
    ask::{self, Ask, Question, Terminal, Unattended},
    cli::add::{AddArgs, CommonArgs, PlaceArgs, What},
    error::{Code, Failure},
    extend::{self, Extension},
    interview,
    owner::Trust,
    plan::{Expect, Plan},
    project::{self, Project},
    signal::{self, Busy},
    summary,
    template::{
        Template,
        manifest::{Kind, PrimitiveEntry},
    },
    ui::{BOLD, Ui},
};

/// Run the verb.
///
/// # Errors
///
/// A usage failure for anything the user can correct; nothing is written then.
pub fn run(args: &AddArgs, templates: &[Template<'_>], ui: Ui) -> Result<()> {
    let (kind, common) = match &args.what {
        What::Tool(tool) => (Kind::Tool, &tool.common),
        What::Resource(resource) => (Kind::Resource, &resource.common),
        What::Prompt(prompt) => (Kind::Prompt, &prompt.common),
    };
    let place = &common.place;
    let project = open(place, ui)?;
    let (template, spec) = project.resolve(templates)?;
    let extension = Extension {
        project: &project,
        template,
        spec: &spec,
    };
    let mut asker = asker(place, ui);
    let entry = ask::with_way_back(asker.as_mut(), |asker| {
        describe(args, kind, common, extension, (asker, ui))
    })?;
    let extend::Outcome { plan, warnings } = extension.adding(&entry)?;
    for warning in warnings {
        ui.warn(&warning);
    }
    let what = format!("{} {BOLD}{}{BOLD:#}", kind.as_str(), entry.name);
    if plan.changes.is_empty() {
        ui.done(&format!("{what} already exists: nothing to do"));
    } else if !write(
        &plan,
        &format!("Will add {what}"),
        place,
        asker.as_mut(),
        ui,
    )? {
        return Ok(());
    } else {
        ui.done(&format!("added {what}"));
    }
    ui.value(&json!({
        "kind": kind.as_str(),
        "name": entry.name,
        "project": plan.root.to_string_lossy(),
        "changes": summary::changes_json(&plan),
    }));
    let created = plan.changes.iter();
    let created = created.filter(|change| change.before == Expect::Absent);
    // The record is not for its owner to write.
    let created = created.filter(|change| !change.path.as_str().starts_with(answers::FOLDER));
    let mut next: Vec<(&str, &str)> = created
        .map(|change| (change.path.as_str(), "and adapt its tests"))
        .collect();
    let alone = next.len() == 1;
    if let Some((_, first)) = next.first_mut() {
        *first = if alone {
            "write what it does; its tests are at the end"
        } else {
            "write what it does"
        };
        next.push((
            "create-mcp-server check",
            "build it and see that it answers",
        ));
        ui.result(&summary::next(&next));
    }
    Ok(())
}

/// Open the project, after what a killed run left there was undone.
///
/// # Errors
///
/// A usage failure when there is no project.
pub(super) fn open(place: &PlaceArgs, ui: Ui) -> Result<Project> {
    let start = place.project.as_deref().unwrap_or(Path::new("."));
    let trust = Trust::given(place.trust.trust);
    let root = project::root_of(start, &trust)?;
    if !place.dry_run && apply::recover(&root, &Disk)? {
        ui.warn("undid the changes that an interrupted run left there");
    }
    Project::find(&root, &trust)
}

/// Who answers the questions that are left.
pub(super) fn asker(place: &PlaceArgs, ui: Ui) -> Box<dyn Ask> {
    if ui.can_ask() && !place.yes {
        Box::new(Terminal::new(ui.colored()))
    } else {
        Box::new(Unattended {
            defaults: place.yes,
        })
    }
}

/// Show the plan, or apply it once a person on a terminal agrees; says whether something was written.
///
/// # Errors
///
/// Fails as [`apply::apply`] does, or when the person does not agree.
pub(super) fn write(
    plan: &Plan,
    headline: &str,
    place: &PlaceArgs,
    asker: &mut dyn Ask,
    ui: Ui,
) -> Result<bool> {
    if place.dry_run {
        ui.value(&json!({ "dry_run": true, "root": plan.root.to_string_lossy(), "changes": summary::changes_json(plan) }));
        ui.result(&summary::diff(plan, &plan.root)?);
        return Ok(false);
    }
    if ui.can_ask() && !place.yes {
        ui.note(&format!("{headline}:\n{}", summary::changes_text(plan)));
        if !asker.confirm(GO_AHEAD, true)? {
            return Err(Failure::new(Code::Interrupted, "nothing was written").into());
        }
    }
    let _busy = Busy::begin();
    apply::apply(plan, &Disk, &signal::interrupted)?;
    Ok(true)
}

/// Settle what the primitive is.
fn describe(
    args: &AddArgs,
    kind: Kind,
    common: &CommonArgs,
    extension: Extension<'_>,
    (asker, ui): (&mut dyn Ask, Ui),
) -> Result<PrimitiveEntry> {
    let name = interview::primitive_name(common.name.as_deref(), kind, extension, asker)?;
    let summary = interview::summary(common.description.as_deref(), &name, asker)?;
    let mut entry = PrimitiveEntry {
        kind,
        name,
        summary,
        effect: None,
        idempotent: false,
        open_world: false,
        uri: None,
        parameters: Vec::new(),
    };
    match &args.what {
        What::Tool(tool) => {
            entry.effect = Some(match tool.effect() {
                Some(effect) => effect,
                None => interview::effect(asker)?,
            });
            entry.idempotent = tool.idempotent;
            entry.open_world = tool.open_world;
            entry.parameters.clone_from(&tool.parameters);
        }
        What::Resource(resource) => {
            entry.uri = Some(interview::uri(resource.uri.as_deref(), asker)?);
        }
        What::Prompt(prompt) => entry.parameters.clone_from(&prompt.arguments),
    }
    let asks = ui.can_ask() && !common.place.yes;
    if asks && kind != Kind::Resource && entry.parameters.is_empty() {
        entry.parameters = interview::parameters(kind, extension, asker)?;
    }
    extend::check(&entry, extension.template)?;
    Ok(entry)
}

const GO_AHEAD: Question<'_> = Question::new("go-ahead", "Write it?", "--yes");
