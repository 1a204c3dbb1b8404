//! `[install]` of a template: what hosts run once a project is installed.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::StepSpec;

/// What hosts run once a project is installed. In the command, `{made}` stands for what the step makes, `{root}` for the
/// project's directory, `{name}` for its package; in `made`, `{name}` does too, and `{exe}` for the ending of programs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Install {
    /// What makes the project ready to be run.
    pub step: StepSpec,
    /// How the project's own tool says where it puts what it makes; in the project, when it does not.
    pub directory: Option<Reports>,
    /// A path in that directory that is there then.
    pub made: String,
    /// How the step says where the program is that it has made.
    pub built: Option<Reports>,
    pub command: Vec<String>,
    /// Arguments that let the program read variables from `{file}`.
    #[serde(default)]
    pub from_file: Vec<String>,
    /// The file in the project that hosts which pass no variables on let it read.
    #[serde(default)]
    pub env_file: String,
    #[serde(default)]
    pub when: Vec<InstallWhen>,
    /// Present when the project may serve HTTP.
    pub http: Option<InstallHttp>,
}

/// A command that prints JSON objects, a line each.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    /// The command, or what is added to that of the step.
    pub arguments: Vec<String>,
    /// Members of the objects that count.
    #[serde(default)]
    pub when: BTreeMap<String, String>,
    /// The member that says it.
    pub key: String,
    /// What holds when none says it.
    #[serde(default)]
    pub default: String,
}

/// What a project with `tag` needs from its user.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstallWhen {
    pub tag: String,
    /// Secrets, which hosts take from the user's environment.
    #[serde(default)]
    pub variables: Vec<String>,
    /// Settings without a default that a person is asked for: the variable, and what it is.
    #[serde(default)]
    pub ask: BTreeMap<String, String>,
}

/// Where hosts reach a project that serves HTTP.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstallHttp {
    pub url: String,
    #[serde(default)]
    pub when: Vec<InstallHttpWhen>,
}

/// Headers of every request to a project with `tag`; `{env:NAME}` stands for a variable of the user's.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstallHttpWhen {
    pub tag: String,
    pub headers: BTreeMap<String, String>,
}
