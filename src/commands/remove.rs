//! `remove`: take out what `add` added.

use anyhow::Result;
use serde_json::json;

use crate::{
    cli::add::RemoveArgs,
    commands::add::{asker, open, write},
    extend::{Extension, Outcome},
    summary,
    template::Template,
    ui::{BOLD, Ui},
};

/// Run the verb.
///
/// # Errors
///
/// A usage failure when there is no such primitive; a conflict (exit code 3) when its file was edited.
pub fn run(args: &RemoveArgs, templates: &[Template<'_>], ui: Ui) -> Result<()> {
    let project = open(&args.place, ui)?;
    let (template, spec) = project.resolve(templates)?;
    let extension = Extension {
        project: &project,
        template,
        spec: &spec,
    };
    let kind = args.kind.into();
    let (Outcome { plan, warnings }, entry) = extension.removing(kind, &args.name, args.force)?;
    for warning in warnings {
        ui.warn(&warning);
    }
    let what = format!("{} {BOLD}{}{BOLD:#}", kind.as_str(), entry.name);
    let mut asker = asker(&args.place, ui);
    if write(
        &plan,
        &format!("Will remove {what}"),
        &args.place,
        asker.as_mut(),
        ui,
    )? {
        ui.done(&format!("removed {what}"));
        ui.value(&json!({
            "kind": kind.as_str(),
            "name": entry.name,
            "project": plan.root.to_string_lossy(),
            "changes": summary::changes_json(&plan),
        }));
    }
    Ok(())
}
