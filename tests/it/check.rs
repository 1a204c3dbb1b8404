//! `check` against real processes: one correct server, and one for each way of being wrong.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use std::{
    ffi::OsString,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use create_mcp_server::probe::{
    Endpoint, Era, Headers, Launch, Options, Outcome, Report, Session, StepOutcome, Target,
    parse_call, run,
};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/bad_servers")
        .join(name)
}

/// Write no `__pycache__` beside the fixtures.
fn launch(script: &str, arguments: &[&str]) -> Launch {
    let python = if cfg!(windows) { "python" } else { "python3" };
    let mut command: Vec<OsString> = vec![python.into(), "-B".into(), fixture(script).into()];
    command.extend(arguments.iter().map(OsString::from));
    Launch {
        command,
        ..Launch::default()
    }
}

/// Impatient, so that a server that hangs costs a second.
fn impatient() -> Options {
    Options {
        step: Duration::from_secs(2),
        ..Options::default()
    }
}

fn check(target: Target, options: &Options) -> Report {
    run(&[target], options, &|_| {}).expect("a bad server is a report, not an error")
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
    assert!(report.failed(false), "{}", report.table());
    for session in &report.sessions {
        let failure = session
            .failure
            .as_ref()
            .unwrap_or_else(|| panic!("{}", report.table()));
        assert!(failure.stage.starts_with(stage), "{failure:#?}");
        assert!(failure.reason.contains(reason), "{failure:#?}");
    }
}

#[track_caller]
fn assert_passes(report: &Report) {
    assert!(!report.failed(false), "{}", report.table());
    assert!(
        report
            .sessions
            .iter()
            .all(|session| session.outcome == Outcome::Passed),
        "{}",
        report.table()
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
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// All processes whose ids the server noted in `file` are gone.
#[cfg(target_os = "linux")]
#[track_caller]
fn assert_gone(file: &Path, expected: usize) {
    let noted = fs::read_to_string(file).unwrap();
    let pids: Vec<_> = noted.split_whitespace().collect();
    assert_eq!(pids.len(), expected, "{noted}");
    for pid in pids {
        assert!(!is_running(pid), "process {pid} is still running");
    }
}

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
                "tools/call",
                "resources/list",
                "resources/templates/list",
                "resources/read",
                "prompts/list",
                "prompts/get",
                "completion/complete",
                "close"
            ]
        );
        assert_eq!(session.server.as_deref(), Some("good 1.0"));
        let calls = session
            .steps
            .iter()
            .find(|step| step.name == "tools/call")
            .unwrap();
        assert_eq!(
            calls.detail,
            "1 tool called; not declared read-only: `delete-all`"
        );
    }
}

#[test]
fn a_server_that_never_answers_is_given_up_in_time_and_is_gone() {
    let start = Instant::now();
    let options = Options {
        step: Duration::from_millis(400),
        ..Options::default()
    };
    let report = check(Target::Stdio(launch("hang_open.py", &[])), &options);
    assert_fails(&report, "open", "no answer within 1.2 s");
    assert!(
        start.elapsed() < Duration::from_secs(10),
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
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    assert!(report.failed(false));
    assert!(
        report.sessions[0]
            .failure
            .as_ref()
            .unwrap()
            .reason
            .contains("0.8 s for everything")
    );
    assert_eq!(report.sessions[1].outcome, Outcome::Skipped);
}

#[test]
fn a_tool_that_never_returns_is_named() {
    assert_fails(
        &stdio("hang_call.py", &[]),
        "tools/call, tool `echo`",
        "no answer within 2 s",
    );
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
    assert!(!report.table().contains('\u{1b}'), "{}", report.table());
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
    let report = stdio("exits_on_call.py", &[]);
    assert_fails(&report, "tools/call, tool `echo`", "closed the connection");
    assert_eq!(
        report.sessions[0].failure.as_ref().unwrap().exit.as_deref(),
        Some("code 7")
    );
}

#[test]
fn a_program_that_does_not_exist_is_reported() {
    let launch = Launch {
        command: vec!["./no-such-server".into()],
        ..Launch::default()
    };
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
fn a_missing_era_is_a_finding_for_other_servers_and_a_failure_for_ours() {
    let other = stdio("legacy_only.py", &[]);
    assert!(!other.failed(false), "{}", other.table());
    assert!(other.failed(true));
    assert_eq!(other.sessions[0].outcome, Outcome::Unsupported);
    assert_eq!(other.sessions[0].era, Era::Discover);
    assert_eq!(codes(&other), ["missing-era"]);

    let options = Options {
        both_eras: true,
        ..impatient()
    };
    let ours = check(Target::Stdio(launch("legacy_only.py", &[])), &options);
    assert!(ours.failed(false), "{}", ours.table());
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
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    #[cfg(unix)]
    assert_eq!(codes(&report), ["leftover-processes"]);
    #[cfg(target_os = "linux")]
    assert_gone(&pids, 2);
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
    assert_fails(
        &stdio("floods_notifications.py", &[]),
        "tools/call, tool `echo`",
        "no answer within 2 s",
    );
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
            "tool-annotations",
            "tool-description",
            "tool-input-schema",
            "tool-name-characters",
            "tool-name-length",
            "tool-parameter-description"
        ]
    );
    assert!(!report.table().contains('\u{1b}'), "{}", report.table());
}

#[test]
fn a_call_the_user_asks_for_is_made_and_must_succeed() {
    let calls = |text| Options {
        calls: [parse_call(text).unwrap()].into(),
        ..impatient()
    };
    let good = || Target::Stdio(launch("good.py", &[]));
    assert_passes(&check(good(), &calls("echo={\"text\":\"x\"}")));
    assert_fails(
        &check(good(), &calls("delete-all={}")),
        "tools/call, tool `delete-all`",
        "nothing was there",
    );
    assert_fails(
        &check(good(), &calls("no-such={}")),
        "tools/call",
        "there is no tool `no-such`",
    );
}

#[test]
fn a_good_http_server_is_started_checked_and_stopped_in_both_eras() {
    for mode in ["good", "events", "slow-start"] {
        let report = spawned(mode);
        assert_passes(&report);
        assert_eq!(report.findings, [], "{mode}");
        let steps = step_names(&report.sessions[0]);
        assert_eq!(steps.first(), Some(&"start"));
        assert!(steps.contains(&"foreign origin"));
        #[cfg(unix)]
        assert_eq!(steps.last(), Some(&"stop"));
    }
}

#[test]
fn answers_that_are_not_mcp_over_http_are_explained() {
    assert_fails(
        &spawned("html"),
        "open",
        "HTTP 200 OK with content type `text/html`",
    );
    assert_fails(&spawned("broken"), "open", "its body is not a message");
    assert_fails(
        &spawned("auth"),
        "open",
        "HTTP 401 Unauthorized (`WWW-Authenticate: Bearer resource_metadata=",
    );
    assert_fails(&spawned("huge"), "open", "length limit exceeded");
    let options = Options {
        step: Duration::from_millis(700),
        ..Options::default()
    };
    assert_fails(
        &check(http_target("hang"), &options),
        "open",
        "no answer within 2.1 s",
    );
}

#[test]
fn a_spawned_http_server_that_misbehaves_around_its_life_is_explained() {
    assert_fails(
        &spawned("no-listen"),
        "start",
        "ended with code 1 before it listened",
    );
    #[cfg(unix)]
    {
        assert_fails(
            &spawned("bad-stop"),
            "stop",
            "ended with code 1 after SIGTERM",
        );
        assert_fails(
            &spawned("stays"),
            "stop",
            "still running after SIGTERM: it did not end within 1 s",
        );
    }
}

#[test]
fn a_server_open_to_any_origin_is_a_finding() {
    let report = spawned("any-origin");
    assert_passes(&report);
    assert_eq!(codes(&report), ["foreign-origin"]);
}

/// An HTTP server that the test starts itself; killed when dropped.
struct Running {
    child: Child,
    port: u16,
}

impl Running {
    fn start(mode: &str, other: Option<u16>) -> Self {
        let Launch { command, .. } = launch("http_server.py", &["0", mode]);
        let mut child = Command::new(&command[0])
            .args(&command[1..])
            .args(other.map(|port| port.to_string()))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line.trim().rsplit(' ').next().unwrap().parse().unwrap();
        Self { child, port }
    }

    fn check(&self, headers: &[&str]) -> Report {
        let url = format!("http://127.0.0.1:{}/mcp", self.port);
        let endpoint = Endpoint::parse(&url, Headers::parse(headers).unwrap()).unwrap();
        check(Target::Http(endpoint), &impatient())
    }

    /// What it logged.
    fn stop(mut self) -> String {
        self.child.kill().unwrap();
        std::io::read_to_string(self.child.stderr.take().unwrap()).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_running_server_is_checked_with_the_headers_it_needs() {
    let server = Running::start("auth", None);
    assert_fails(&server.check(&[]), "open", "HTTP 401");
    let report = server.check(&["Authorization: Bearer secret-token"]);
    assert_passes(&report);
    let printed = format!(
        "{}{}",
        report.table(),
        serde_json::to_string(&report).unwrap()
    );
    assert!(!printed.contains("secret-token"), "{printed}");
}

#[test]
fn a_redirect_is_reported_and_no_credential_follows_it() {
    let other = Running::start("good", None);
    let redirecting = Running::start("redirect", Some(other.port));
    let report = redirecting.check(&["Authorization: Bearer secret-token"]);
    assert_fails(&report, "open", "which is not followed");
    assert!(
        redirecting.stop().contains("secret-token"),
        "the header reaches the server it was meant for"
    );
    assert_eq!(other.stop(), "", "nothing reached the other server");
}

#[test]
fn nobody_listening_is_reported() {
    let server = Running::start("good", None);
    let port = server.port;
    drop(server);
    let url = format!("http://127.0.0.1:{port}/mcp");
    let report = check(
        Target::Http(Endpoint::parse(&url, Headers::default()).unwrap()),
        &impatient(),
    );
    assert_fails(&report, "open", "refused");
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
        "duration_ms findings findings_omitted passed sessions"
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
    assert_eq!(keys(&report["findings"][0]), "code message subject");
    assert_eq!(
        keys(&session["steps"][0]),
        "detail duration_ms name outcome"
    );
    assert_eq!(
        (&session["era"], &session["outcome"]),
        (&"discover".into(), &"unsupported".into())
    );
}
