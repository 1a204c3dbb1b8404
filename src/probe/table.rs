//! Draws a report as plain text: what was tried down, transport and era across, a time in each cell.

use std::fmt::Write as _;

use super::{
    report::{Finding, Outcome, Report, Session, StepOutcome},
    text::count,
};

/// Findings of one kind that are shown.
const MAX_SHOWN: usize = 5;

impl Report {
    /// The whole report for a person, ending in a line break.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = grid(&self.sessions);
        for session in &self.sessions {
            describe(session, &mut out);
        }
        findings(&self.findings, self.findings_omitted, &mut out);
        out
    }

    /// One line that sums it up.
    #[must_use]
    pub fn summary(&self) -> String {
        let passed = self
            .sessions
            .iter()
            .filter(|session| session.outcome == Outcome::Passed)
            .count();
        let sessions = count(self.sessions.len(), "session");
        let findings = count(self.findings.len() + self.findings_omitted, "finding");
        format!(
            "{passed} of {sessions} passed, {findings}, {}",
            time(self.duration_ms)
        )
    }
}

fn grid(sessions: &[Session]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for step in sessions.iter().flat_map(|session| &session.steps) {
        if !names.contains(&step.name) {
            // Sessions of other transports have other steps around the common ones.
            let after = if step.name == "start" { 0 } else { names.len() };
            names.insert(after, step.name);
        }
    }
    names.sort_by_key(|name| position(name));
    let mut rows = vec![
        row("", sessions, |session| session.transport.to_owned()),
        row("", sessions, |session| {
            session
                .protocol_version
                .clone()
                .unwrap_or_else(|| session.era.name().to_owned())
        }),
    ];
    rows.extend(
        names
            .iter()
            .map(|name| row(name, sessions, |session| cell(session, name))),
    );
    rows.push(row("all", sessions, |session| time(session.duration_ms)));
    rows.push(row("", sessions, |session| {
        outcome(session.outcome).to_owned()
    }));
    align(&rows)
}

fn position(name: &str) -> usize {
    const ORDER: [&str; 14] = [
        "start",
        "open",
        "tools/list",
        "tools/call",
        "resources/list",
        "resources/templates/list",
        "resources/read",
        "prompts/list",
        "prompts/get",
        "completion/complete",
        "foreign origin",
        "close",
        "stop",
        "",
    ];
    ORDER
        .iter()
        .position(|known| *known == name)
        .unwrap_or(ORDER.len())
}

fn row(name: &str, sessions: &[Session], cell: impl Fn(&Session) -> String) -> Vec<String> {
    let steps = sessions.iter().flat_map(|session| &session.steps);
    // Sessions seldom differ in what they find, so the first that says something speaks for all.
    let mut details = steps.filter(|step| step.name == name && step.outcome != StepOutcome::Failed);
    let detail = details.find(|step| !step.detail.is_empty()).map(|step| step.detail.clone());
    std::iter::once(name.to_owned())
        .chain(sessions.iter().map(cell))
        .chain([detail.unwrap_or_default()])
        .collect()
}

fn cell(session: &Session, name: &str) -> String {
    match session.steps.iter().find(|step| step.name == name) {
        None => "-".to_owned(),
        Some(step) => match step.outcome {
            StepOutcome::Passed => time(step.duration_ms),
            StepOutcome::Failed => "FAILED".to_owned(),
            StepOutcome::Skipped => "skipped".to_owned(),
        },
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "FAILED",
        Outcome::Unsupported => "unsupported",
        Outcome::Skipped => "not tried",
    }
}

/// `0.4 ms`, `12 ms`, `1.5 s`.
fn time(milliseconds: f64) -> String {
    if milliseconds < 10.0 {
        format!("{milliseconds:.1} ms")
    } else if milliseconds < 1000.0 {
        format!("{milliseconds:.0} ms")
    } else {
        format!("{:.1} s", milliseconds / 1000.0)
    }
}

fn align(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// What is worth more than a cell: why it failed, and what was skipped.
fn describe(session: &Session, out: &mut String) {
    let label = format!("{}, {}", session.transport, session.era.name());
    let skipped = session
        .steps
        .iter()
        .filter(|step| step.outcome == StepOutcome::Skipped);
    for step in skipped.filter(|_| session.outcome == Outcome::Passed) {
        let _ = writeln!(out, "\nskipped: {label}: {}: {}", step.name, step.detail);
    }
    let Some(failure) = session
        .failure
        .as_ref()
        .filter(|_| session.outcome == Outcome::Failed)
    else {
        return;
    };
    let _ = writeln!(
        out,
        "\nFAILED: {label}: {}: {}",
        failure.stage, failure.reason
    );
    if let Some(exit) = &failure.exit {
        let _ = writeln!(out, "  the server ended with {exit}");
    }
    if let Some(line) = &failure.stdout_line {
        let _ = writeln!(out, "  first line on stdout that is not protocol: `{line}`");
    }
    if !failure.stderr_tail.is_empty() {
        let _ = writeln!(out, "  last lines of its log:");
    }
    for line in &failure.stderr_tail {
        let _ = writeln!(out, "    {line}");
    }
}

fn findings(findings: &[Finding], omitted: usize, out: &mut String) {
    let mut hidden = omitted;
    let mut previous = ("", 0);
    for finding in findings {
        previous = if previous.0 == finding.code {
            (finding.code, previous.1 + 1)
        } else {
            (finding.code, 0)
        };
        if previous.1 == 0 && !out.is_empty() {
            out.push('\n');
        }
        if previous.1 < MAX_SHOWN {
            let _ = writeln!(
                out,
                "warning: {}: {} [{}]",
                finding.subject, finding.message, finding.code
            );
        } else {
            hidden += 1;
        }
    }
    if hidden > 0 {
        let _ = writeln!(
            out,
            "\n{} more; all that were kept are in the `--json` output",
            count(hidden, "warning")
        );
    }
}
