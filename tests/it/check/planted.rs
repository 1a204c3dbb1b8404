//! One fault a line, as data: what `check` says of it, beside what the official clients do with it.
//!
//! `rejected` records which request of which client failed: the TypeScript SDK 1.32 and 2.4 (`ts1`, `ts2`), the Python SDK
//! 1.30 and 2.3 (`py1`, `py2`), each in the older era and those of version 2 in the newer one too (`ts2-2026`).

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::*;
use crate::support::every;

const LINES: &str = include_str!("../../fixtures/bad_servers/planted.jsonl");

fn cases() -> Vec<Value> {
    let parse =
        |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    LINES.lines().map(parse).collect()
}

/// The codes of what was found but for notes, and the exit code.
fn judged(case: &Value) -> (Vec<&'static str>, u64, String) {
    let options = Options {
        safe_calls: true,
        step: Duration::from_secs(20),
        open: Duration::from_secs(60),
        timeout: Duration::from_secs(300),
        ..Options::default()
    };
    let target = Target::Stdio(launch("planted.py", &[&case.to_string()]));
    let report = check(target, &options);
    let mut codes: Vec<_> = report.findings.iter().map(|finding| finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let exit = if report.failed(false) { 4 } else { 0 };
    (codes, exit, report.table(true))
}

#[test]
fn each_planted_fault_has_its_code_and_the_verdict_of_the_official_clients() {
    let cases: Vec<_> = cases().into_iter().step_by(every(5)).collect();
    assert!(cases.len() >= 20, "{}", cases.len());
    let next = AtomicUsize::new(0);
    let wrong = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (codes, exit, table) = judged(case);
                    if serde_json::json!(codes) != case["codes"] || exit != case["exit"] {
                        let fault = &case["fault"];
                        let said = format!("{fault}: {codes:?}, exit {exit}\n{table}");
                        wrong.lock().unwrap().push(said);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A failure is what the TypeScript SDK 1 or 2, or the Python SDK 2, rejects; `because` gives the reason where it is not.
#[test]
fn a_verdict_differs_from_the_clients_only_for_a_reason() {
    for case in cases() {
        let rejected = case["rejected"].as_object().unwrap();
        let fails = rejected.keys().any(|client| client != "py1");
        let is_same = fails == (case["exit"] == 4);
        assert_ne!(is_same, case["because"].is_string(), "{case}");
    }
}
