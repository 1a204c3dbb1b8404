//! `JUnit` XML: a test case for each step of each session, and one for each finding.

use std::fmt::Write as _;

use super::{
    super::report::{Report, StepOutcome},
    Severity,
};

/// A suite under way.
struct Suite {
    name: String,
    cases: String,
    tests: usize,
    failures: usize,
    skipped: usize,
    seconds: f64,
}

impl Suite {
    fn new(name: String, milliseconds: f64) -> Self {
        Self {
            name,
            cases: String::new(),
            tests: 0,
            failures: 0,
            skipped: 0,
            seconds: milliseconds / 1000.0,
        }
    }

    fn case(&mut self, name: &str, milliseconds: f64, body: &str) {
        self.tests += 1;
        let (class, name) = (escape(&self.name), escape(name));
        let seconds = milliseconds / 1000.0;
        let _ = writeln!(
            self.cases,
            "    <testcase classname=\"{class}\" name=\"{name}\" time=\"{seconds:.5}\">{body}</testcase>"
        );
    }

    fn failure(&mut self, message: &str) -> String {
        self.failures += 1;
        format!("<failure message=\"{}\"/>", escape(message))
    }

    fn write(&self, out: &mut String) {
        let Self {
            cases,
            tests,
            failures,
            skipped,
            seconds,
            ..
        } = self;
        let name = escape(&self.name);
        let _ = write!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" skipped=\"{skipped}\" \
             time=\"{seconds:.5}\">\n{cases}  </testsuite>\n"
        );
    }
}

pub(super) fn write(report: &Report, strict: bool) -> String {
    let mut suites = Vec::new();
    for session in &report.sessions {
        let name = format!("{}, {}", session.transport, session.era.name());
        let mut suite = Suite::new(name, session.duration_ms);
        let reason = session.failure.as_ref();
        for step in &session.steps {
            let body = match step.outcome {
                StepOutcome::Passed => String::new(),
                StepOutcome::Skipped => {
                    suite.skipped += 1;
                    format!("<skipped message=\"{}\"/>", escape(&step.detail))
                }
                StepOutcome::Failed => {
                    let own = reason.filter(|failure| failure.stage.starts_with(step.name));
                    suite.failure(own.map_or(step.detail.as_str(), |failure| &failure.reason))
                }
            };
            suite.case(step.name, step.duration_ms, &body);
        }
        suites.push(suite);
    }
    let mut findings = Suite::new("findings".to_owned(), 0.0);
    for finding in &report.findings {
        let message = format!("{}: {}", finding.subject, finding.message);
        let fails = match finding.severity {
            Severity::Error => true,
            Severity::Warning => strict,
            Severity::Note => false,
        };
        let body = if fails {
            findings.failure(&message)
        } else {
            format!("<system-out>{}</system-out>", escape(&message))
        };
        findings.case(
            &format!("{}: {}", finding.code, finding.subject),
            0.0,
            &body,
        );
    }
    suites.push(findings);
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let sum = |number: fn(&Suite) -> usize| suites.iter().map(number).sum::<usize>();
    let (tests, failures) = (sum(|it| it.tests), sum(|it| it.failures));
    let _ = writeln!(
        out,
        "<testsuites name=\"create-mcp-server check\" tests=\"{tests}\" failures=\"{failures}\">"
    );
    for suite in &suites {
        suite.write(&mut out);
    }
    out.push_str("</testsuites>\n");
    out
}

/// For an attribute or an element; what XML cannot hold becomes a replacement character.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
