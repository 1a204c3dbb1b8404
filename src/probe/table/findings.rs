//! Findings as lines, those of one kind together.

use std::fmt::Write as _;

use super::super::{report::Finding, text::count};

/// Findings of one kind that are shown one by one.
const MAX_SHOWN: usize = 3;

/// Findings of one kind are one group, and a large group is cut short unless `all` is wanted.
pub(super) fn list(findings: &[&Finding], omitted: usize, all: bool, out: &mut String) {
    if !findings.is_empty() && !out.is_empty() {
        out.push('\n');
    }
    let same = |one: &&Finding, other: &&Finding| {
        one.severity == other.severity && one.code == other.code && one.message == other.message
    };
    for group in findings.chunk_by(|one, other| same(one, other)) {
        let [first, rest @ ..] = group else { continue };
        let Finding {
            severity,
            code,
            message,
            ..
        } = first;
        let severity = severity.name();
        if all || group.len() <= MAX_SHOWN {
            for Finding { subject, .. } in group {
                let _ = writeln!(out, "{severity}: {subject}: {message} [{code}]");
            }
            continue;
        }
        let subject = &first.subject;
        let more = rest.len();
        let _ = writeln!(
            out,
            "{severity}: {subject} and {more} more: {message} [{code}]"
        );
    }
    if omitted > 0 {
        let _ = writeln!(out, "{} not kept", count(omitted, "more finding"));
    }
}
