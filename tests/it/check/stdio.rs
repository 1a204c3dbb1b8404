//! Servers over stdio, the good one and those that are wrong.

use std::time::{Duration, Instant};

use create_mcp_server::probe::{Era, Launch, Options, Outcome, Target, parse_call};

use super::*;

#[test]
fn a_good_server_passes_every_step_in_both_eras() {
    let report = stdio("good.py", &[]);
    assert_passes(&report);
    assert_eq!(report.findings, []);
    let versions: Vec<_> = report
        .sessions
        .iter()
        .map(|session| session.protocol_version.as_deref().unwrap())
        .collect();
    assert_eq!(versions, ["2026-07-28", "2025-11-25"]);
    for session in &report.sessions {
        assert_eq!(
            step_names(session),
            [
                "open",
                "tools/list",
                "resources/list",
                "resources/templates/list",
                "prompts/list",
                "resources/read",
                "completion/complete",
                "prompts/get",
                "close"
            ]
        );
        assert_eq!(session.server.as_deref(), Some("good 1.0"));
    }
}

#[test]
fn a_tool_of_another_server_is_called_when_asked_for_and_once_a_transport() {
    let calls = |options: &Options| -> Vec<String> {
        let report = check(Target::Stdio(launch("good.py", &[])), options);
        assert_passes(&report);
        let sessions = report.sessions.iter();
        let steps = sessions.flat_map(|session| &session.steps);
        let calls = steps.filter(|step| step.name == "tools/call");
        calls.map(|step| step.detail.clone()).collect()
    };
    let unasked = "only with `--calls` or `--call`: `echo`, `delete-all`";
    assert_eq!(calls(&impatient()), [unasked, unasked]);
    let safe = Options {
        safe_calls: true,
        ..impatient()
    };
    let skipped = "not declared read-only: `delete-all`";
    assert_eq!(
        calls(&safe),
        [
            format!("1 tool called in the other era; {skipped}"),
            format!("1 tool called; {skipped}"),
        ]
    );
    let left_out = Options {
        skip: ["echo".to_owned()].into(),
        ..safe.clone()
    };
    assert!(calls(&left_out)[1].contains("left out: `echo`"));
    let none = Options {
        no_calls: true,
        ..safe
    };
    assert!(calls(&none)[1].contains("left out: `echo`, `delete-all`"));
}

#[test]
fn a_server_that_never_answers_is_given_up_in_time_and_is_gone() {
    let start = Instant::now();
    let options = Options {
        open: Duration::from_millis(1200),
        ..Options::default()
    };
    let report = check(Target::Stdio(launch("hang_open.py", &[])), &options);
    assert_fails(&report, "open", "no answer within 1.2 s");
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn the_time_limit_for_everything_holds_and_what_was_not_tried_is_said() {
    let options = Options {
        timeout: Duration::from_millis(800),
        ..Options::default()
    };
    let start = Instant::now();
    let report = check(Target::Stdio(launch("hang_open.py", &[])), &options);
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    assert!(report.failed(false));
    let failure = report.sessions[1].failure.as_ref().unwrap();
    assert!(failure.reason.contains("0.8 s for everything"));
    assert_eq!(report.sessions[0].outcome, Outcome::Skipped);
}

/// With the calls that are safe.
fn calling(script: &str) -> Report {
    let options = Options {
        safe_calls: true,
        ..impatient()
    };
    check(Target::Stdio(launch(script, &[])), &options)
}

#[test]
fn a_tool_that_never_returns_is_a_finding_and_a_failure_only_when_named() {
    let report = calling("hang_call.py");
    assert_passes(&report);
    assert_eq!(codes(&report), ["tool-error"]);
    assert!(report.findings[0].message.contains("no answer within 2 s"));
    let named = Options {
        calls: [parse_call("echo={\"text\":\"x\"}").unwrap()].into(),
        ..impatient()
    };
    let report = check(Target::Stdio(launch("hang_call.py", &[])), &named);
    assert!(report.failed(false), "{}", report.table(true));
    assert_eq!(codes(&report), ["call-failed"]);
}

#[test]
fn the_first_stdout_line_that_is_not_protocol_is_shown_escaped() {
    let report = stdio("prints.py", &[]);
    assert_fails(&report, "stdout", "not JSON");
    let failure = report.sessions[0].failure.as_ref().unwrap();
    assert_eq!(
        failure.stdout_line.as_deref(),
        Some("\\u{1b}[31mServer is starting…")
    );
    assert!(
        !report.table(true).contains('\u{1b}'),
        "{}",
        report.table(true)
    );
}

#[test]
fn broken_json_is_shown_with_the_step_that_waited_for_it() {
    let report = stdio("invalid_json.py", &[]);
    assert_fails(&report, "tools/list", "not JSON");
    assert!(
        report.sessions[0]
            .failure
            .as_ref()
            .unwrap()
            .stdout_line
            .is_some()
    );
}

#[test]
fn a_server_that_dies_at_once_is_reported_with_its_exit_code_and_last_words() {
    let report = stdio("exits_early.py", &[]);
    assert_fails(&report, "open", "");
    let failure = report.sessions[0].failure.as_ref().unwrap();
    assert_eq!(failure.exit.as_deref(), Some("code 3"));
    assert_eq!(
        failure.stderr_tail.last().unwrap(),
        "ModuleNotFoundError: \\u{1b}[1mno module named 'mcp'"
    );
}

#[test]
fn a_server_that_dies_in_a_call_is_reported_with_the_call() {
    let report = calling("exits_on_call.py");
    let failure = report.sessions[1].failure.as_ref().unwrap();
    assert_eq!(failure.stage, "tools/call, tool `echo`");
    assert!(failure.reason.contains("closed the connection"));
    assert_eq!(failure.exit.as_deref(), Some("code 7"));
}

#[test]
fn a_program_that_does_not_exist_is_reported() {
    let launch = Launch::new(vec!["./no-such-server".into()]);
    assert_fails(
        &check(Target::Stdio(launch), &impatient()),
        "open",
        "`./no-such-server` cannot be started",
    );
}

#[test]
fn a_protocol_version_that_does_not_exist_fails_in_both_eras() {
    assert_fails(&stdio("wrong_version.py", &[]), "open", "1999-01-01");
}

#[test]
fn a_missing_era_is_a_note_for_other_servers_and_a_failure_for_ours() {
    let other = stdio("legacy_only.py", &[]);
    assert!(!other.failed(true), "{}", other.table(true));
    assert!(!other.table(true).contains("FAILED"));
    assert_eq!(other.sessions[0].outcome, Outcome::Unsupported);
    assert_eq!(other.sessions[0].era, Era::Discover);
    assert_eq!(codes(&other), ["missing-era"]);

    let options = Options {
        both_eras: true,
        ..impatient()
    };
    let ours = check(Target::Stdio(launch("legacy_only.py", &[])), &options);
    assert!(ours.failed(false), "{}", ours.table(true));
    assert!(
        ours.sessions[0]
            .failure
            .as_ref()
            .unwrap()
            .reason
            .contains("-32601")
    );
}

#[test]
fn an_endless_line_is_a_failure_and_not_memory() {
    let options = Options {
        step: Duration::from_secs(20),
        ..Options::default()
    };
    let report = check(Target::Stdio(launch("huge_line.py", &[])), &options);
    assert_fails(&report, "tools/list", "longer than 16777216 bytes");
}

#[test]
fn a_slow_start_within_the_limit_passes() {
    assert_passes(&stdio("slow_start.py", &[]));
}

#[test]
fn a_server_that_ignores_the_end_of_stdin_fails_and_its_whole_tree_is_gone() {
    let scratch = tempfile::tempdir().unwrap();
    let pids = scratch.path().join("pids");
    let report = stdio("ignores_eof.py", &[pids.to_str().unwrap()]);
    assert_fails(
        &report,
        "close",
        "still running after its stdin was closed: it did not end within 1 s",
    );
    #[cfg(target_os = "linux")]
    assert_gone(&pids, 4);
}

#[test]
fn a_child_that_outlives_the_server_is_found_and_killed() {
    let scratch = tempfile::tempdir().unwrap();
    let pids = scratch.path().join("pids");
    let start = Instant::now();
    let report = stdio("leaves_child.py", &[pids.to_str().unwrap()]);
    assert_passes(&report);
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "{:?}",
        start.elapsed()
    );
    #[cfg(unix)]
    assert_eq!(codes(&report), ["leftover-processes"]);
    #[cfg(target_os = "linux")]
    assert_gone(&pids, 2);
}

#[cfg(target_os = "linux")]
#[test]
fn what_leaves_its_group_does_not_outlive_a_check_of_a_server_that_hangs() {
    let scratch = tempfile::tempdir().unwrap();
    let pids = scratch.path().join("pids");
    let report = stdio("leaves_daemon.py", &[pids.to_str().unwrap(), "hang"]);
    assert!(report.failed(false), "{}", report.table(true));
    assert_gone(&pids, 6);
}

#[cfg(target_os = "linux")]
#[test]
fn what_leaves_its_group_does_not_outlive_a_check_of_a_server_that_ends() {
    let sandbox = crate::support::sandbox::Sandbox::new();
    let server = fixture("leaves_daemon.py");
    let server = server.to_str().unwrap();
    let run = sandbox.run(&["check", "--json", "--", "python3", "-B", server, "pids"]);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    assert!(run.stdout.contains("leftover-processes"), "{}", run.stdout);
    assert_gone(&sandbox.path("pids"), 6);
}

#[test]
fn a_bad_exit_code_after_stdin_closes_is_a_failure() {
    let report = stdio("bad_exit.py", &[]);
    assert_fails(&report, "close", "ended with code 9");
    assert_eq!(
        report.sessions[0].failure.as_ref().unwrap().stderr_tail,
        ["could not save"]
    );
}

#[test]
fn a_flood_on_stderr_blocks_nothing() {
    assert_passes(&stdio("floods_stderr.py", &[]));
}

#[test]
fn a_flood_of_notifications_ends_with_the_step() {
    let report = calling("floods_notifications.py");
    // The kill cuts a line in half; that is not the server's fault.
    assert_passes(&report);
    assert!(report.findings[0].message.contains("no answer within 2 s"));
}

#[test]
fn pages_without_end_are_refused() {
    assert_fails(
        &stdio("endless_pages.py", &[]),
        "tools/list",
        "more than 100 pages",
    );
}

#[test]
fn what_a_model_would_stumble_over_is_found_and_counts_only_when_strict() {
    let report = stdio("careless.py", &[]);
    assert_passes(&report);
    assert!(report.failed(true));
    assert_eq!(
        codes(&report),
        [
            "duplicate-name",
            "prompt-argument-description",
            "prompt-description",
            "resource-description",
            "terminal-escape",
            "tool-annotations",
            "tool-description",
            "tool-name-characters",
            "tool-name-length",
            "tool-parameter-description"
        ]
    );
    assert!(
        !report.table(true).contains('\u{1b}'),
        "{}",
        report.table(true)
    );
}

#[test]
fn a_call_the_user_asks_for_is_made_and_must_succeed() {
    let calls = |text| Options {
        calls: [parse_call(text).unwrap()].into(),
        ..impatient()
    };
    let good = || Target::Stdio(launch("good.py", &[]));
    assert_passes(&check(good(), &calls("echo={\"text\":\"x\"}")));
    let failed = |text, message: &str| {
        let report = check(good(), &calls(text));
        assert!(report.failed(false), "{}", report.table(true));
        assert_eq!(codes(&report), ["call-failed"]);
        let said = &report.findings[0].message;
        assert!(said.contains(message), "{said}");
    };
    failed("delete-all={}", "nothing was there");
    failed("no-such={}", "there is no tool `no-such`");
}

#[test]
fn nothing_stops_at_the_first_failure() {
    let fault = r#"{"error": {"tools/list": {"code": -32603, "message": "no"}, "resources/read": {"code": 1, "message": "x"}}}"#;
    let report = stdio("planted.py", &[fault]);
    assert!(report.failed(false));
    for session in &report.sessions {
        let failed = session.steps.iter();
        let failed = failed.filter(|step| step.outcome == StepOutcome::Failed);
        let names: Vec<_> = failed.map(|step| step.name).collect();
        assert_eq!(names, ["tools/list", "resources/read"]);
        assert!(step_names(session).contains(&"prompts/get"));
        // The cause that came first is the one that is named.
        assert_eq!(session.failure.as_ref().unwrap().stage, "tools/list");
    }
}

#[test]
fn the_report_has_stable_field_names() {
    let report = serde_json::to_value(stdio("legacy_only.py", &[])).unwrap();
    let keys = |value: &serde_json::Value| {
        let mut keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys.join(" ")
    };
    assert_eq!(
        keys(&report),
        "cost duration_ms findings findings_omitted passed sessions"
    );
    let session = &report["sessions"][0];
    assert_eq!(
        keys(session),
        "duration_ms era failure outcome protocol_version server steps transport"
    );
    assert_eq!(
        keys(&session["failure"]),
        "exit reason stage stderr_tail stdout_line"
    );
    assert_eq!(
        keys(&report["findings"][0]),
        "code message path severity subject"
    );
    assert_eq!(
        keys(&session["steps"][0]),
        "detail duration_ms name outcome"
    );
    assert_eq!(
        (&session["era"], &session["outcome"]),
        (&"discover".into(), &"unsupported".into())
    );
}
