//! Every code that a finding can have, with its severity and what it means. The table in the documentation is made of
//! this one.

use serde::Serialize;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// An official client rejects it: the check fails.
    Error,
    /// A reviewer would object: the check fails with `--strict`.
    Warning,
    /// Good to know: never changes the exit code.
    Note,
}

impl Severity {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    pub code: &'static str,
    pub severity: Severity,
    pub means: &'static str,
}

const fn rule(code: &'static str, severity: Severity, means: &'static str) -> Rule {
    Rule {
        code,
        severity,
        means,
    }
}

use Severity::{Error, Note, Warning};

/// All there are, by severity and name.
pub const RULES: &[Rule] = &[
    rule(
        "base64",
        Error,
        "binary content is not base64; official TypeScript clients reject the answer",
    ),
    rule("call-failed", Error, "a call that `--call` asks for fails"),
    rule(
        "output-mismatch",
        Error,
        "a structured result does not fit `outputSchema`; official clients reject it",
    ),
    rule(
        "output-missing",
        Error,
        "a tool with `outputSchema` answers without `structuredContent`; official clients reject it",
    ),
    rule(
        "output-schema",
        Error,
        "`outputSchema` does not compile; official clients reject the tool or its results",
    ),
    rule(
        "request-failed",
        Error,
        "the server promises a method, but does not answer it",
    ),
    rule(
        "session-failed",
        Error,
        "a session ends before everything was tried: the server crashed, hung, or wrote something that is not the protocol",
    ),
    rule(
        "shape",
        Error,
        "an answer is not what the protocol asks for, and an official client rejects it",
    ),
    rule(
        "destructive-name",
        Warning,
        "a tool says that it only reads, but its name says otherwise: hosts may call it without asking",
    ),
    rule(
        "duplicate-name",
        Warning,
        "two primitives of a kind have the same name: only one can be reached",
    ),
    rule(
        "empty-answer",
        Warning,
        "a resource or a prompt answers with nothing",
    ),
    rule(
        "foreign-host",
        Warning,
        "any web page that the user opens can reach the server by DNS rebinding",
    ),
    rule(
        "foreign-origin",
        Warning,
        "any web page that the user opens can reach the server",
    ),
    rule(
        "hidden-text",
        Warning,
        "a text holds characters that people do not see, but models read",
    ),
    rule(
        "input-schema",
        Warning,
        "`inputSchema` does not compile, so models and hosts cannot rely on it",
    ),
    rule(
        "large-result",
        Warning,
        "a result has more than 1 MB, which no model can take",
    ),
    rule(
        "leftover-processes",
        Warning,
        "the server leaves processes running when it ends",
    ),
    rule(
        "long-description",
        Warning,
        "a description has more than 2,000 characters, which a model reads in each conversation",
    ),
    rule(
        "model-orders",
        Warning,
        "a text gives orders to the model, as attacks do",
    ),
    rule(
        "prompt-argument-description",
        Warning,
        "a person does not know what to fill in",
    ),
    rule(
        "prompt-description",
        Warning,
        "a person does not know what the prompt is for",
    ),
    rule(
        "read-only-destructive",
        Warning,
        "a tool says both that it only reads and that it destroys: hosts trust one or the other",
    ),
    rule(
        "repeated-page",
        Warning,
        "a page of a list repeats the one before it",
    ),
    rule(
        "resource-description",
        Warning,
        "a model does not know what the resource holds",
    ),
    rule(
        "resource-template-description",
        Warning,
        "a model does not know what the resources hold",
    ),
    rule(
        "resource-uri",
        Warning,
        "a resource answers with a URI other than the one asked for",
    ),
    rule(
        "same-description",
        Warning,
        "a model cannot choose between two tools with one description",
    ),
    rule(
        "schema-default",
        Warning,
        "a default is not one of the values that its `enum` allows",
    ),
    rule(
        "schema-items",
        Warning,
        "an array does not say what it holds; some hosts refuse the schema",
    ),
    rule(
        "schema-null",
        Warning,
        "an optional parameter may be `null`; some hosts refuse the schema",
    ),
    rule(
        "schema-required",
        Warning,
        "`required` names a parameter that does not exist",
    ),
    rule("secret", Warning, "a text holds what looks like a secret"),
    rule(
        "session-check",
        Warning,
        "the server answers in sessions that do not exist",
    ),
    rule(
        "similar-name",
        Warning,
        "a model mistakes two names for each other",
    ),
    rule(
        "terminal-escape",
        Warning,
        "a text holds a terminal escape, which can rewrite what a person sees",
    ),
    rule(
        "token-budget",
        Warning,
        "the surface costs a model more tokens than `--max-tokens` allows",
    ),
    rule(
        "tool-annotations",
        Warning,
        "a host cannot tell whether a call needs consent",
    ),
    rule(
        "tool-description",
        Warning,
        "a model does not know when to call the tool",
    ),
    rule(
        "tool-error",
        Warning,
        "a call that the check makes answers with an error, or not in time",
    ),
    rule(
        "tool-name-characters",
        Warning,
        "some hosts refuse the name",
    ),
    rule("tool-name-length", Warning, "some hosts refuse the name"),
    rule(
        "tool-parameter-description",
        Warning,
        "a model has to guess what the parameter means",
    ),
    rule(
        "undeclared-capability",
        Warning,
        "the server has primitives that it does not announce, so no client asks for them",
    ),
    rule("uri", Warning, "a URI does not parse"),
    rule(
        "empty-capability",
        Note,
        "the server announces primitives, but lists none",
    ),
    rule(
        "id-type",
        Note,
        "a numeric id comes back as a string; official clients take it",
    ),
    rule(
        "loose-shape",
        Note,
        "an answer is not what the protocol asks for, but official clients take it",
    ),
    rule(
        "many-tools",
        Note,
        "models choose badly among more than 40 tools",
    ),
    rule(
        "missing-era",
        Note,
        "the server does not open in one of the two eras",
    ),
    rule(
        "schema-free-form",
        Note,
        "an object parameter does not say what belongs in it",
    ),
];

/// The rule of this code.
#[must_use]
pub fn rule_of(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_sorted_and_each_stands_once() {
        let key = |rule: &Rule| (rule.severity, rule.code);
        let mut sorted: Vec<_> = RULES.iter().map(key).collect();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(RULES.iter().map(key).collect::<Vec<_>>(), sorted);
    }
}
