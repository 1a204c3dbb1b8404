//! `list`: the languages and their options, the hosts, and the project in the current directory.

use std::{fmt::Write as _, path::Path};

use serde_json::{Value, json};

use crate::{
    hosts::places::Machine,
    owner::Trust,
    project::{self, Project},
    summary::{self, hosts as say},
    template::{Template, manifest::OptionSpec},
    ui::{BOLD, DIM, Ui},
};

/// Print what can be made, where it can be installed, and what the project here consists of: tables, or with `--json` an
/// object with `languages`, `hosts` and, in a project, `project`.
pub fn run(templates: &[Template<'_>], ui: Ui) {
    let languages: Vec<Value> = templates.iter().map(language).collect();
    let (hosts, host_values) = say::list(&Machine::here());
    let mut value = json!({ "languages": languages, "hosts": host_values });
    let mut text = tables(templates);
    text.push(hosts);
    let here = Path::new(".");
    let trust = Trust::to_read();
    if project::root_of(here, &trust).is_ok() {
        match Project::find(here, &trust) {
            Ok(project) => {
                value["project"] = summary::project_json(&project);
                text.push(summary::project_text(&project));
            }
            Err(error) => ui.warn(&format!("{error:#}")),
        }
    }
    ui.value(&value);
    ui.result(text.join("\n").trim_end());
}

fn language(template: &Template<'_>) -> Value {
    let manifest = template.manifest();
    let options: Vec<Value> = template
        .options()
        .iter()
        .map(|known| option(known, template))
        .collect();
    json!({
        "id": manifest.id,
        "title": manifest.title,
        "template_version": manifest.version,
        "options": options,
    })
}

fn option(option: &OptionSpec, template: &Template<'_>) -> Value {
    let choices: Vec<Value> = option
        .choices
        .iter()
        .map(|choice| {
            let only_with = template.answers_for(&choice.requires);
            json!({ "id": choice.id, "help": choice.help, "only_with": only_with })
        })
        .collect();
    json!({
        "id": option.id,
        "flag": format!("--{}", option.id),
        "help": option.help,
        "default": option.default,
        "only_with": template.answers_for(&option.requires),
        "choices": choices,
    })
}

/// The options that all languages share, then each language with what differs.
fn tables(templates: &[Template<'_>]) -> Vec<String> {
    let is_shared = |option: &&OptionSpec| templates.iter().all(|it| it.options().contains(option));
    let mut text = Vec::new();
    if let Some(first) = templates.first() {
        let shared = first.options().iter().filter(is_shared);
        let table = table(first, &shared.collect::<Vec<_>>());
        text.push(format!("{BOLD}Options of every language{BOLD:#}\n{table}"));
    }
    let width = templates.iter().map(|it| it.manifest().id.len()).max();
    let width = width.unwrap_or_default();
    let mut languages = format!("{BOLD}Languages{BOLD:#} (--language ID)\n\n");
    for template in templates {
        let manifest = template.manifest();
        let own = template
            .options()
            .iter()
            .filter(|option| !is_shared(option));
        let own = table(template, &own.collect::<Vec<_>>());
        let _ = writeln!(
            languages,
            "  {:width$}  {}{own}",
            manifest.id, manifest.title
        );
    }
    text.push(languages);
    text
}

fn table(template: &Template<'_>, options: &[&OptionSpec]) -> String {
    let mut text = String::new();
    for option in options {
        let _ = write!(text, "\n  --{}  {DIM}{}{DIM:#}\n", option.id, option.help);
        let needed = template.conditions_of(&option.requires);
        if !needed.is_empty() {
            let _ = writeln!(text, "    {DIM}only with {needed}{DIM:#}");
        }
        let width = option
            .choices
            .iter()
            .map(|choice| choice.id.len())
            .max()
            .unwrap_or(0);
        for choice in &option.choices {
            let mark = if choice.id == option.default {
                " (default)"
            } else {
                ""
            };
            let needed = template.conditions_of(&choice.requires);
            let only = match needed.as_str() {
                "" => String::new(),
                needed => format!(" {DIM}(only with {needed}){DIM:#}"),
            };
            let _ = writeln!(
                text,
                "    {:width$}  {}{mark}{only}",
                choice.id, choice.help
            );
        }
    }
    text
}
