//! SARIF 2.1.0, as code scanning takes it.

use serde_json::{Value, json};

use super::{super::report::Report, Severity, means};

/// A result needs a file; a server is not one, so this stands for it.
const ARTIFACT: &str = "mcp-server";

pub(super) fn write(report: &Report) -> String {
    let problems = report.problems();
    let mut codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let rule = |code: &&str| {
        let mut rule = json!({"id": code});
        let text = means(code);
        if !text.is_empty() {
            rule["shortDescription"] = json!({"text": text});
        }
        rule
    };
    let results = problems.iter().map(|problem| {
        let place = problem.path.unwrap_or(problem.subject);
        json!({
            "ruleId": problem.code,
            "ruleIndex": codes.iter().position(|code| *code == problem.code),
            "level": level(problem.severity),
            "message": {"text": format!("{}: {}", problem.subject, problem.message)},
            "locations": [{
                "physicalLocation": {
                    "artifactLocation": {"uri": ARTIFACT},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [{"fullyQualifiedName": place}],
            }],
        })
    });
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(rule).collect::<Vec<Value>>(),
            }},
            "results": results.collect::<Vec<Value>>(),
        }],
    });
    format!("{document:#}\n")
}

fn level(severity: Severity) -> &'static str {
    severity.name()
}
