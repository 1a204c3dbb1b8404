//! Draws a report as plain text: what was tried down, transport and era across, a time in each cell.

mod findings;

use std::fmt::Write as _;

use super::{
    codes::Severity,
    lint::Cost,
    report::{Outcome, Report, Session, StepOutcome},
    text::count,
};

/// Every step there is, in the order of the rows.
const STEPS: [&str; 15] = [
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
    "foreign host",
    "unknown session",
    "close",
    "stop",
];

impl Report {
    /// The whole report for a person, ending in a line break; with every finding if `all`.
    #[must_use]
    pub fn table(&self, all: bool) -> String {
        let mut out = grid(&self.sessions);
        let mut said: Vec<&str> = Vec::new();
        for session in &self.sessions {
            describe(session, &mut out);
            said.extend(session.failure.iter().map(|it| it.reason.as_str()));
        }
        // What a session failed for is said already.
        let findings = self.findings.iter();
        let findings: Vec<_> = findings
            .filter(|it| it.severity != Severity::Error || !said.contains(&it.message.as_str()))
            .collect();
        findings::list(&findings, self.findings_omitted, all, &mut out);
        self.costs(all, &mut out);
        out
    }

    fn costs(&self, all: bool, out: &mut String) {
        let Cost {
            bytes,
            tokens,
            tools,
        } = &self.cost;
        if *bytes == 0 {
            return;
        }
        let number = count(tools.len(), "tool");
        let _ = writeln!(
            out,
            "\nA model is shown {number} at the start: {bytes} bytes, about {tokens} tokens."
        );
        for tool in tools.iter().filter(|_| all) {
            let _ = writeln!(
                out,
                "  `{}`: {} bytes, about {} tokens",
                tool.name, tool.bytes, tool.tokens
            );
        }
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
        let mut parts = vec![format!("{passed} of {sessions} passed")];
        for severity in [Severity::Error, Severity::Warning, Severity::Note] {
            let number = self.count(severity);
            if number > 0 {
                parts.push(count(number, severity.name()));
            }
        }
        parts.push(time(self.duration_ms));
        parts.join(", ")
    }
}

fn grid(sessions: &[Session]) -> String {
    let was_tried = |name: &&&str| {
        sessions
            .iter()
            .flat_map(|session| &session.steps)
            .any(|step| step.name == **name)
    };
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
        STEPS
            .iter()
            .filter(was_tried)
            .map(|name| row(name, sessions, |session| cell(session, name))),
    );
    rows.push(row("all", sessions, |session| time(session.duration_ms)));
    rows.push(row("", sessions, |session| {
        outcome(session.outcome).to_owned()
    }));
    align(&rows)
}

fn row(name: &str, sessions: &[Session], cell: impl Fn(&Session) -> String) -> Vec<String> {
    let steps = sessions.iter().flat_map(|session| &session.steps);
    // Sessions seldom differ in what they find, so the first that says something speaks for all.
    let mut details = steps.filter(|step| step.name == name && step.outcome != StepOutcome::Failed);
    let detail = details
        .find(|step| !step.detail.is_empty())
        .map(|step| step.detail.clone());
    std::iter::once(name.to_owned())
        .chain(sessions.iter().map(cell))
        .chain([detail.unwrap_or_default()])
        .collect()
}

fn cell(session: &Session, name: &str) -> String {
    match session.steps.iter().find(|step| step.name == name) {
        None => "-".to_owned(),
        Some(_) if session.outcome == Outcome::Unsupported => "-".to_owned(),
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

/// Why a session failed.
fn describe(session: &Session, out: &mut String) {
    let label = format!("{}, {}", session.transport, session.era.name());
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

#[cfg(test)]
mod tests {
    use super::{
        super::report::{Era, Finding, SessionFailure, Step},
        *,
    };

    fn session(era: Era, steps: Vec<Step>, failure: Option<SessionFailure>) -> Session {
        Session {
            transport: "stdio",
            era,
            outcome: if failure.is_some() {
                Outcome::Failed
            } else {
                Outcome::Passed
            },
            protocol_version: failure.is_none().then(|| era.revision().to_owned()),
            server: None,
            duration_ms: 1234.0,
            steps,
            failure,
        }
    }

    fn step(name: &'static str, outcome: StepOutcome, detail: &str) -> Step {
        Step {
            name,
            outcome,
            detail: detail.to_owned(),
            duration_ms: 1.25,
        }
    }

    fn report() -> Report {
        let passed = vec![
            step("open", StepOutcome::Passed, ""),
            step("tools/list", StepOutcome::Passed, "2 tools"),
            step(
                "resources/read",
                StepOutcome::Skipped,
                "no resource is listed",
            ),
        ];
        let failure = SessionFailure {
            stage: "open".to_owned(),
            reason: "no answer within 10 s".to_owned(),
            exit: Some("code 3".to_owned()),
            stdout_line: Some("Hello".to_owned()),
            stderr_tail: vec!["oops".to_owned()],
        };
        let failed = vec![step("open", StepOutcome::Failed, "no answer within 10 s")];
        Report {
            passed: false,
            duration_ms: 2500.0,
            sessions: vec![
                session(Era::Discover, passed, None),
                session(Era::Initialize, failed, Some(failure)),
            ],
            findings: vec![Finding::new(
                "tool-description",
                "tool `a`",
                "it has no description",
            )],
            findings_omitted: 0,
            cost: Cost::default(),
            surfaces: Vec::new(),
        }
    }

    #[test]
    fn a_report_is_a_table_then_failures_then_warnings() {
        let expected = [
            "                stdio       stdio",
            "                2026-07-28  initialize",
            "open            1.2 ms      FAILED",
            "tools/list      1.2 ms      -           2 tools",
            "resources/read  skipped     -           no resource is listed",
            "all             1.2 s       1.2 s",
            "                passed      FAILED",
            "",
            "FAILED: stdio, initialize: open: no answer within 10 s",
            "  the server ended with code 3",
            "  first line on stdout that is not protocol: `Hello`",
            "  last lines of its log:",
            "    oops",
            "",
            "warning: tool `a`: it has no description [tool-description]",
            "",
        ];
        assert_eq!(report().table(false), expected.join("\n"));
        assert_eq!(
            report().summary(),
            "1 of 2 sessions passed, 1 warning, 2.5 s"
        );
    }

    #[test]
    fn many_findings_of_one_kind_are_summed_up() {
        let mut report = report();
        let names = (0..8).map(|number| format!("tool `{number}`"));
        report.findings = names
            .map(|name| Finding::new("tool-description", name, "it has no description"))
            .collect();
        report.findings_omitted = 10;
        let table = report.table(false);
        let line = "warning: tool `0` and 7 more: it has no description [tool-description]\n10 more findings not kept\n";
        assert!(table.ends_with(line), "{table}");
        let table = report.table(true);
        assert_eq!(table.matches("it has no description").count(), 8);
    }
}
