//! How a language writes the parameters of primitives.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Reserved;

/// How a language writes the parameters of tools and prompts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterRules {
    /// The type of a parameter that may be left out; `{}` stands for the type.
    #[serde(default)]
    pub optional: String,
    /// How long a name may be, so that a line of source with it twice still fits.
    #[serde(default = "max_parameter_name")]
    pub max_name: usize,
    /// The value in sources of one that was left out, where the declaration names it.
    pub absent: Option<String>,
    /// Names that only parameters cannot have.
    #[serde(default)]
    pub reserved: Vec<Reserved>,
    /// Whether the variable of a URI is a parameter too, with the same rules for its name.
    #[serde(default)]
    pub in_uris: bool,
    /// Truth values in sources, where they are not `true` and `false`.
    #[serde(default)]
    pub literals: BTreeMap<String, String>,
    /// Lines above a parameter that has a default; `{}` stands for its name.
    #[serde(default)]
    pub with_default: Vec<String>,
    /// The type called so on the command line, as this language writes it.
    #[serde(default)]
    pub types: BTreeMap<String, ParameterType>,
    /// One of some words, as this language writes it.
    #[serde(default)]
    pub choice: ChoiceType,
}

fn max_parameter_name() -> usize {
    40
}

/// The type of a parameter that is one of some words. `{texts}` stands for these words as literals, `{text}` for one of them,
/// `{pascal}` for the parameter's name and `{word}` for a word, both as names of types.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceType {
    pub name: String,
    /// A value of it in sources.
    pub value: String,
    /// The same for hosts and tests.
    pub example: String,
}

/// One type of parameters.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterType {
    /// The type's name in sources.
    pub name: String,
    /// A value of it in sources, for hosts and tests.
    pub example: String,
    /// The same value as JSON.
    pub json: String,
    /// A default in sources; `{}` stands for the literal. Without it, parameters of this type have none.
    pub default: Option<String>,
}
