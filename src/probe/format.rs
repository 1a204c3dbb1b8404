//! A report for pipelines: annotations of GitHub, SARIF, `JUnit`. Pure.
//!
//! What a server sent is escaped once more for each of them, so that it can neither forge a command nor break a document.

mod github;
mod junit;
mod sarif;

use super::{
    codes::{Severity, rule_of},
    report::{Outcome, Report},
};

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
    Github,
    Sarif,
    Junit,
}

/// One thing to say, whatever it came from.
struct Problem<'a> {
    severity: Severity,
    code: &'a str,
    subject: &'a str,
    path: Option<&'a str>,
    message: &'a str,
}

impl Report {
    /// The report in a format for programs; none for what is written elsewhere.
    #[must_use]
    pub fn formatted(&self, format: Format, strict: bool) -> Option<String> {
        match format {
            Format::Text | Format::Json => None,
            Format::Github => Some(github::write(self)),
            Format::Sarif => Some(sarif::write(self)),
            Format::Junit => Some(junit::write(self, strict)),
        }
    }

    /// What sessions failed for, unless a finding says it, and all findings.
    fn problems(&self) -> Vec<Problem<'_>> {
        let is_known = |reason: &str| {
            let mut errors = self.findings.iter();
            errors.any(|it| it.severity == Severity::Error && it.message == reason)
        };
        let failed = self
            .sessions
            .iter()
            .filter(|it| it.outcome == Outcome::Failed);
        let failures = failed.filter_map(|session| session.failure.as_ref());
        let failures = failures.filter(|failure| !is_known(&failure.reason));
        let failures = failures.map(|failure| Problem {
            severity: Severity::Error,
            code: SESSION_FAILED,
            subject: &failure.stage,
            path: None,
            message: &failure.reason,
        });
        let findings = self.findings.iter().map(|finding| Problem {
            severity: finding.severity,
            code: finding.code,
            subject: &finding.subject,
            path: finding.path.as_deref(),
            message: &finding.message,
        });
        failures.chain(findings).collect()
    }
}

/// The code of a session that failed as a whole.
const SESSION_FAILED: &str = "session-failed";

fn means(code: &str) -> &'static str {
    rule_of(code).map_or("", |rule| rule.means)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            lint::Cost,
            report::{Era, Finding, Session, SessionFailure, Step, StepOutcome},
        },
        *,
    };

    /// A report whose texts try everything.
    pub fn hostile() -> Report {
        let evil = "::error::x\n%0A<![CDATA[]]>&\"'\u{1b}[2J";
        let mut finding = Finding::new("shape", evil, evil);
        finding.path = Some(evil.to_owned());
        Report {
            passed: false,
            duration_ms: 1500.0,
            sessions: vec![Session {
                transport: "stdio",
                era: Era::Discover,
                outcome: Outcome::Failed,
                protocol_version: None,
                server: Some(evil.to_owned()),
                duration_ms: 1000.0,
                steps: vec![Step {
                    name: "open",
                    outcome: StepOutcome::Failed,
                    detail: evil.to_owned(),
                    duration_ms: 1.0,
                }],
                failure: Some(SessionFailure {
                    stage: "open".to_owned(),
                    reason: format!("{evil} ended"),
                    exit: None,
                    stdout_line: None,
                    stderr_tail: Vec::new(),
                }),
            }],
            findings: vec![
                finding,
                Finding::new("tool-description", "tool `a`", "none"),
            ],
            findings_omitted: 0,
            cost: Cost::default(),
            surfaces: Vec::new(),
        }
    }

    #[test]
    fn no_text_forges_a_command_of_github() {
        let out = github::write(&hostile());
        assert_eq!(out.lines().count(), 3);
        for line in out.lines() {
            let data = line.splitn(3, "::").last().unwrap();
            assert!(
                line.starts_with("::error ") || line.starts_with("::warning "),
                "{line}"
            );
            assert!(!data.contains('\u{1b}') && !data.contains("%0A<"), "{line}");
        }
    }

    #[test]
    fn sarif_is_one_document_with_a_rule_for_each_result() {
        let out: serde_json::Value = serde_json::from_str(&sarif::write(&hostile())).unwrap();
        assert_eq!(out["version"], "2.1.0");
        let run = &out["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 3);
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert!(
                result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].is_string()
            );
        }
        assert_eq!(results[0]["level"], "error");
        assert_eq!(results[2]["level"], "warning");
    }

    #[test]
    fn junit_has_a_case_for_each_thing_tried_and_no_text_ends_an_element() {
        let lenient = junit::write(&hostile(), false);
        assert_eq!(lenient.matches("<testcase ").count(), 3);
        assert_eq!(lenient.matches("<failure ").count(), 2);
        assert_eq!(
            junit::write(&hostile(), true).matches("<failure ").count(),
            3
        );
        assert!(
            !lenient.contains('\u{1b}') && !lenient.contains("<!["),
            "{lenient}"
        );
        for name in ["testsuites", "testsuite", "testcase"] {
            let opened = lenient.matches(&format!("<{name} ")).count();
            let closed = lenient.matches(&format!("</{name}>")).count();
            assert_eq!(opened, closed, "{name}: {lenient}");
        }
    }
}
