//! Parameters of a primitive, as its file can name them.

use anyhow::{Context as _, Result};
use heck::ToPascalCase as _;

use super::{Editor, Value, flag, list, map, text, trusted};
use crate::{
    parameter::{CHOICE, Default, Parameter},
    template::manifest::ParameterType,
};

impl Editor<'_> {
    /// A truth value as sources write it.
    pub(super) fn truth(&self, value: bool) -> Value {
        let word = value.to_string();
        let literals = &self.template.manifest.parameters.literals;
        trusted(literals.get(&word).unwrap_or(&word))
    }

    /// The type as this language writes it.
    fn type_of(&self, parameter: &Parameter) -> Result<ParameterType> {
        let rules = &self.template.manifest.parameters;
        if let Some(first) = parameter.choices.first() {
            return Ok(ParameterType {
                name: filled_in(&rules.choice.name, parameter, first),
                example: filled_in(&rules.choice.example, parameter, first),
                json: format!("\"{first}\""),
                default: None,
            });
        }
        let known = rules.types.get(&parameter.kind).cloned();
        known.with_context(|| format!("there is no type `{}` of parameters", parameter.kind))
    }

    pub(super) fn parameter(&self, parameter: &Parameter, last: bool) -> Result<Value> {
        let rules = &self.template.manifest.parameters;
        let ParameterType {
            name,
            example,
            json,
            default,
        } = &self.type_of(parameter)?;
        let filled = |pattern: &str, value: &str| pattern.replace("{}", value);
        let whole = if parameter.optional {
            filled(&rules.optional, name)
        } else {
            name.clone()
        };
        let above = rules
            .with_default
            .iter()
            .filter(|_| parameter.default.is_some());
        let above = above.map(|line| trusted(filled(line, &parameter.name)));
        let (before, after) = default
            .as_deref()
            .and_then(|it| it.split_once("{}"))
            .unwrap_or_default();
        let value = match &parameter.default {
            Some(Default::Text(given)) if parameter.kind == CHOICE => {
                Some(trusted(filled_in(&rules.choice.value, parameter, given)))
            }
            Some(Default::Text(given)) => Some(text(given)),
            Some(Default::Literal(given)) => {
                Some(trusted(rules.literals.get(given).unwrap_or(given)))
            }
            None => None,
        };
        let absent = rules.absent.as_ref().filter(|_| parameter.optional);
        Ok(map([
            ("name", trusted(&parameter.name)),
            ("type", trusted(whole)),
            ("description", text(parameter.description.as_str())),
            ("example", trusted(example)),
            ("json", trusted(json)),
            ("comma", trusted(if last { "" } else { "," })),
            ("attributes", list(above)),
            ("optional", flag(parameter.optional)),
            ("default", value.clone().unwrap_or_else(|| trusted(""))),
            ("absent", list(absent.map(trusted))),
            ("given", list(value)),
            ("default_before", trusted(before)),
            ("default_after", trusted(after)),
        ]))
    }
}

/// A pattern of the type of a choice, for one of its words. These have no character that a literal would escape.
fn filled_in(pattern: &str, parameter: &Parameter, word: &str) -> String {
    let texts = parameter.choices.iter().map(|it| format!("\"{it}\""));
    pattern
        .replace("{texts}", &texts.collect::<Vec<_>>().join(", "))
        .replace("{text}", &format!("\"{word}\""))
        .replace("{pascal}", &parameter.name.to_pascal_case())
        .replace("{word}", &word.to_pascal_case())
}

/// A choice for languages that declare a type for it.
pub(super) fn choice(parameter: &Parameter) -> Value {
    let words = parameter.choices.iter().map(|word| {
        map([
            ("name", trusted(word)),
            ("pascal", trusted(word.to_pascal_case())),
        ])
    });
    map([
        ("pascal", trusted(parameter.name.to_pascal_case())),
        ("words", list(words)),
    ])
}
