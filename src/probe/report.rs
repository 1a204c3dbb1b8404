//! What a run found, as data. Field names are what `--json` prints and stay stable; [`super::table`] draws it as text.
//!
//! Every string in here that came from a server is already escaped and bounded.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    codes::{Severity, rule_of},
    lint::Cost,
    surface::Surface,
};

/// The result of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Whether every session that had to pass did.
    pub passed: bool,
    /// Wall-clock time of the whole run.
    pub duration_ms: f64,
    /// One for each transport and era, in the order they ran.
    pub sessions: Vec<Session>,
    /// What an official client rejects, a reviewer objects to, or is good to know.
    pub findings: Vec<Finding>,
    /// Further findings that were not kept.
    pub findings_omitted: usize,
    /// What the server costs a model in each conversation.
    pub cost: Cost,
    /// What clients see of it, for a baseline.
    #[serde(skip)]
    pub(super) surfaces: Vec<Seen>,
}

/// What a client of one era sees.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub era: Era,
    pub surface: Surface,
}

impl Report {
    /// Whether the server failed, counting warnings as failures when `strict`.
    #[must_use]
    pub fn failed(&self, strict: bool) -> bool {
        let worst = self.findings.iter().map(|finding| finding.severity).min();
        !self.passed
            || worst == Some(Severity::Error)
            || (strict && worst == Some(Severity::Warning))
    }

    /// How many findings of this severity were kept.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        let same = self.findings.iter().filter(|it| it.severity == severity);
        same.count()
    }
}

/// One connection to the server, from start to shutdown.
#[derive(Debug, Clone, Serialize)]
pub struct Session {
    /// `stdio` or `http`.
    pub transport: &'static str,
    /// How it was opened: `discover` (2026-07-28) or `initialize` (2025-11-25 and older).
    pub era: Era,
    pub outcome: Outcome,
    /// What client and server agreed on.
    pub protocol_version: Option<String>,
    /// Name and version, as the server gives them.
    pub server: Option<String>,
    pub duration_ms: f64,
    pub steps: Vec<Step>,
    pub failure: Option<SessionFailure>,
}

/// How a session is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Era {
    /// `server/discover`, no session: revision 2026-07-28.
    Discover,
    /// `initialize`: revision 2025-11-25 and older.
    Initialize,
}

impl Era {
    pub const ALL: [Self; 2] = [Self::Discover, Self::Initialize];

    /// The method that opens it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Discover => "discover",
            Self::Initialize => "initialize",
        }
    }

    /// The revision asked for.
    #[must_use]
    pub fn revision(self) -> &'static str {
        match self {
            Self::Discover => "2026-07-28",
            Self::Initialize => "2025-11-25",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Passed,
    Failed,
    /// The server does not speak this era, and need not.
    Unsupported,
    /// The time limit was reached before it started.
    Skipped,
}

/// One thing that was tried.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// The method, or `start`, `open`, `foreign origin`, `close`, `stop`.
    pub name: &'static str,
    pub outcome: StepOutcome,
    /// What came back, or why it was skipped.
    pub detail: String,
    pub duration_ms: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StepOutcome {
    Passed,
    Failed,
    Skipped,
}

/// Why a session failed.
#[derive(Debug, Clone, Serialize)]
pub struct SessionFailure {
    /// The step, with the name of what was called where that helps.
    pub stage: String,
    pub reason: String,
    /// How the process ended, when it ended by itself.
    pub exit: Option<String>,
    /// The first line on stdout that is not protocol.
    pub stdout_line: Option<String>,
    /// The last lines the server wrote to stderr.
    pub stderr_tail: Vec<String>,
}

impl SessionFailure {
    /// Whether the server answered, if with an error.
    pub(super) fn is_answer(&self) -> bool {
        self.reason.starts_with("it answered with error")
            || self.reason.starts_with("the server supports no version")
    }
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    pub severity: Severity,
    /// Stable identifier, such as `tool-description`.
    pub code: &'static str,
    pub message: String,
    /// What it is about, such as ``tool `add-note` ``.
    pub subject: String,
    /// Where in the answer, such as `tools[3].inputSchema.type`.
    pub path: Option<String>,
}

impl Finding {
    pub(super) fn new(
        code: &'static str,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let rule = rule_of(code);
        debug_assert!(rule.is_some(), "`{code}` is missing in the table of codes");
        Self {
            severity: rule.map_or(Severity::Warning, |rule| rule.severity),
            code,
            subject: subject.into(),
            path: None,
            message: message.into(),
        }
    }

    #[must_use]
    pub(super) fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }
}

/// Findings that are kept; a hostile server could cause any number.
const MAX_FINDINGS: usize = 1000;

/// Every finding once, sorted, and not too many.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kept: BTreeSet<Finding>,
    omitted: usize,
}

impl Findings {
    pub fn add(&mut self, finding: Finding) {
        // An error is never crowded out by what weighs less.
        if self.kept.len() < MAX_FINDINGS || finding.severity == Severity::Error {
            self.kept.insert(finding);
        } else if !self.kept.contains(&finding) {
            self.omitted += 1;
        }
    }

    /// What was kept, and how many were not.
    pub fn into_parts(self) -> (Vec<Finding>, usize) {
        (self.kept.into_iter().collect(), self.omitted)
    }
}
