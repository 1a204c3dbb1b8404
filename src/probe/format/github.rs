//! Workflow commands: each problem is an annotation of the run.

use std::fmt::Write as _;

use super::{super::report::Report, Severity};

pub(super) fn write(report: &Report) -> String {
    let mut out = String::new();
    for problem in report.problems() {
        let command = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let title = property(&format!("MCP: {}", problem.code));
        let message = data(&format!("{}: {}", problem.subject, problem.message));
        let _ = writeln!(out, "::{command} title={title}::{message}");
    }
    out
}

/// A message, on one line whatever it holds.
fn data(text: &str) -> String {
    let text = text.replace('%', "%25");
    let text = text.replace('\r', "%0D").replace('\n', "%0A");
    text.chars().filter(|c| !c.is_control()).collect()
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
