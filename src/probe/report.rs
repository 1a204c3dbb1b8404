//! What a run found, as data. Field names are what `--json` prints and stay stable; [`super::table`] draws it as text.
//!
//! Every string in here that came from a server is already escaped and bounded.

use std::collections::BTreeSet;

use serde::Serialize;

/// The result of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Whether every session that had to pass did.
    pub passed: bool,
    /// Wall-clock time of the whole run.
    pub duration_ms: f64,
    /// One for each transport and era, in the order they ran.
    pub sessions: Vec<Session>,
    /// What a model or a client would stumble over; warnings, failures only with `--strict`.
    pub findings: Vec<Finding>,
    /// Further findings that were not kept.
    pub findings_omitted: usize,
}

impl Report {
    /// Whether the server failed, counting findings as failures when `strict`.
    #[must_use]
    pub fn failed(&self, strict: bool) -> bool {
        !self.passed || (strict && !self.findings.is_empty())
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

/// Something to improve; the server works all the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Stable identifier, such as `tool-description`.
    pub code: &'static str,
    /// What it is about, such as ``tool `add-note` ``.
    pub subject: String,
    pub message: String,
}

impl Finding {
    pub(super) fn new(
        code: &'static str,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            subject: subject.into(),
            message: message.into(),
        }
    }
}

/// Findings that are kept; a hostile server could cause any number.
const MAX_FINDINGS: usize = 200;

/// Every finding once, sorted, and not too many.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kept: BTreeSet<Finding>,
    omitted: usize,
}

impl Findings {
    pub fn add(&mut self, finding: Finding) {
        if self.kept.len() < MAX_FINDINGS {
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
