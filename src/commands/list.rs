//! `list`: the languages and their options, and the hosts.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{
    hosts::places::Machine,
    summary::hosts as say,
    template::{Template, manifest::OptionSpec},
    ui::{BOLD, DIM, Ui},
};

/// Print what can be made and where it can be installed: tables, or with `--json` an object with `languages` and `hosts`.
pub fn run(templates: &[Template<'_>], ui: Ui) {
    let languages: Vec<Value> = templates.iter().map(language).collect();
    let (hosts, host_values) = say::list(&Machine::here());
    ui.value(&json!({ "languages": languages, "hosts": host_values }));
    let mut text: Vec<String> = templates.iter().map(table).collect();
    text.push(hosts);
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

fn table(template: &Template<'_>) -> String {
    let manifest = template.manifest();
    let mut text = format!(
        "{BOLD}{}{BOLD:#} (--language {})\n",
        manifest.title, manifest.id
    );
    for option in template.options() {
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
