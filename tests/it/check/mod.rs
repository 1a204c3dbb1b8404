//! `check` against real processes: one correct server, and one for each way of being wrong.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod answers;
mod call;
mod cli;
mod docs;
mod hosts;
mod http;
mod planted;
mod stdio;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use create_mcp_server::probe::{
    Headers, Launch, Options, Outcome, Report, Session, StepOutcome, Target, run,
};

use crate::support::python;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/bad_servers")
        .join(name)
}

/// Write no `__pycache__` beside the fixtures.
fn launch(script: &str, arguments: &[&str]) -> Launch {
    let mut command: Vec<OsString> = vec![python().into(), "-B".into(), fixture(script).into()];
    command.extend(arguments.iter().map(OsString::from));
    Launch::new(command)
}

/// Impatient, so that a server that hangs costs a second.
fn impatient() -> Options {
    Options {
        step: Duration::from_secs(2),
        open: Duration::from_secs(6),
        ..Options::default()
    }
}

fn check(target: Target, options: &Options) -> Report {
    run(&[target], options, &|_| {}, &|| false).expect("a bad server is a report, not an error")
}

fn stdio(script: &str, arguments: &[&str]) -> Report {
    check(Target::Stdio(launch(script, arguments)), &impatient())
}

fn http_target(mode: &str) -> Target {
    let launch = launch("http_server.py", &["{port}", mode]);
    Target::SpawnHttp {
        launch,
        path: "/mcp".to_owned(),
        headers: Headers::default(),
    }
}

fn spawned(mode: &str) -> Report {
    check(http_target(mode), &impatient())
}

/// Every session failed at `stage`, for a reason that says `reason`.
#[track_caller]
fn assert_fails(report: &Report, stage: &str, reason: &str) {
    assert!(report.failed(false), "{}", report.table(true));
    for session in &report.sessions {
        let failure = session
            .failure
            .as_ref()
            .unwrap_or_else(|| panic!("{}", report.table(true)));
        assert!(failure.stage.starts_with(stage), "{failure:#?}");
        assert!(failure.reason.contains(reason), "{failure:#?}");
    }
}

#[track_caller]
fn assert_passes(report: &Report) {
    assert!(!report.failed(false), "{}", report.table(true));
    assert!(
        report
            .sessions
            .iter()
            .all(|session| session.outcome == Outcome::Passed),
        "{}",
        report.table(true)
    );
}

fn step_names(session: &Session) -> Vec<&str> {
    session
        .steps
        .iter()
        .filter(|step| step.outcome == StepOutcome::Passed)
        .map(|step| step.name)
        .collect()
}

fn codes(report: &Report) -> Vec<&str> {
    let mut codes: Vec<_> = report.findings.iter().map(|finding| finding.code).collect();
    codes.dedup();
    codes
}

#[cfg(target_os = "linux")]
fn is_running(pid: &str) -> bool {
    // A zombie that nobody in a container reaps is not running.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// All processes whose ids the server noted in `file` are gone.
#[cfg(target_os = "linux")]
#[track_caller]
fn assert_gone(file: &Path, expected: usize) {
    let noted = std::fs::read_to_string(file).unwrap();
    let pids: Vec<_> = noted.split_whitespace().collect();
    assert_eq!(pids.len(), expected, "{noted}");
    let began = std::time::Instant::now();
    for pid in pids {
        // A busy system takes its time to end what was killed.
        while is_running(pid) {
            let waited = began.elapsed();
            assert!(
                waited < Duration::from_secs(10),
                "process {pid} is still running"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
