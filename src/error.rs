//! Failures with an exit code and, where there is one, a hint that names the fix.
//!
//! Functions return [`anyhow::Result`]; a [`Failure`] anywhere in the chain decides the exit code (1 when there is none).

use std::fmt;

/// Why the program stopped; the number is the process exit code and stays stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Something failed while doing the work.
    Failed = 1,
    /// The command line, an answer or the target cannot be used.
    Usage = 2,
    /// Conflicts or drift that a person has to resolve.
    Conflict = 3,
    /// The server failed `check`.
    CheckFailed = 4,
    /// Ctrl-C, or a request to terminate.
    Interrupted = 130,
}

/// An error message (lower case, no full stop, literals in backticks) with an exit code and a hint.
#[derive(Debug)]
pub struct Failure {
    code: Code,
    message: String,
    hint: Option<String>,
    log: Vec<String>,
}

impl Failure {
    /// A failure without a hint.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
            log: Vec::new(),
        }
    }

    /// Something failed while doing the work.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Code::Failed, message)
    }

    /// Something that the user gave cannot be used.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// The user asked to stop.
    #[must_use]
    pub fn interrupted() -> Self {
        Self::new(Code::Interrupted, "interrupted")
    }

    /// Add what the user can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Add the last lines of output of the tool that failed.
    #[must_use]
    pub fn log(mut self, lines: Vec<String>) -> Self {
        self.log = lines;
        self
    }

    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    #[must_use]
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// The exit code that `error` stands for.
#[must_use]
pub fn code(error: &anyhow::Error) -> Code {
    error
        .downcast_ref::<Failure>()
        .map_or(Code::Failed, |failure| failure.code)
}

/// The hint that belongs to `error`, if any.
#[must_use]
pub fn hint(error: &anyhow::Error) -> Option<&str> {
    error.downcast_ref::<Failure>().and_then(Failure::hint_text)
}

/// The text that would be accepted, if the hint that belongs to `error` names one: "try `x`" or "write `x`".
#[must_use]
pub fn fix(error: &anyhow::Error) -> Option<&str> {
    let hint = hint(error)?;
    let named = hint
        .strip_prefix("try `")
        .or_else(|| hint.strip_prefix("write `"))?;
    named.split_once('`').map(|(fix, _)| fix)
}

/// The last lines of output of the tool whose failure `error` is, if it is one.
#[must_use]
pub fn log(error: &anyhow::Error) -> &[String] {
    let failure = error.downcast_ref::<Failure>();
    failure.map_or(&[], |failure| failure.log.as_slice())
}
