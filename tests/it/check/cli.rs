//! The verb itself: exit codes, what goes to which stream, and interruption.

use std::process::{Command, Output};

use super::launch;

fn check(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_create-mcp-server"));
    command.arg("check").args(arguments);
    command
}

/// Check a fixture over stdio.
fn check_script(flags: &[&str], script: &str) -> Output {
    check(flags)
        .arg("--")
        .args(launch(script, &[]).command)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn the_exit_code_tells_a_good_server_from_a_bad_one() {
    for (flags, script, code) in [
        (&[][..], "good.py", 0),
        (&["--strict"][..], "good.py", 0),
        (&[][..], "careless.py", 0),
        (&["--strict"][..], "careless.py", 4),
        (&[][..], "prints.py", 4),
        (&[][..], "legacy_only.py", 0),
        (&["--strict"][..], "legacy_only.py", 4),
    ] {
        let output = check_script(flags, script);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{flags:?} {script}: {}",
            text(&output.stderr)
        );
    }
}

#[test]
fn the_table_is_the_result_and_the_reason_is_on_stderr() {
    let output = check_script(&[], "prints.py");
    assert!(
        text(&output.stdout).contains("FAILED: stdio, discover: stdout"),
        "{}",
        text(&output.stdout)
    );
    assert!(
        text(&output.stderr).contains("error: the server failed the check"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn with_json_the_report_and_the_error_are_one_object_each() {
    let output = check_script(&["--json"], "prints.py");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["passed"], false);
    assert_eq!(report["sessions"][0]["failure"]["stage"], "stdout");
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["code"], 4);
}

#[test]
fn what_cannot_be_checked_is_a_usage_error() {
    let scratch = tempfile::tempdir().unwrap();
    for (arguments, reason) in [
        (&["--url", "https://127.0.0.1/mcp"][..], "TLS"),
        (&["--url", "http://u:p@127.0.0.1/mcp"][..], "password"),
        (
            &["--url", "http://127.0.0.1/mcp", "--header", "nonsense"][..],
            "colon",
        ),
        (
            &["--url", "http://127.0.0.1/mcp", "--", "x"][..],
            "cannot be used with",
        ),
        (&["--header", "A: b", "--", "x"][..], "of no use"),
        (&["--timeout", "0", "--", "x"][..], "whole seconds"),
        (&["--call", "x=[]", "--", "x"][..], "JSON object"),
        (&["--env", "x", "--", "x"][..], "NAME=value"),
        (&[][..], "not inside a project"),
        (&["missing"][..], "does not exist"),
    ] {
        let output = check(arguments).current_dir(&scratch).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        assert!(
            text(&output.stderr).contains(reason),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
    }
}

#[test]
fn a_variable_for_the_server_reaches_it() {
    let output = check(&["--env", "SERVER_NAME=named here", "--json", "--"])
        .args(launch("named.py", &[]).command)
        .output()
        .unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["sessions"][0]["server"], "named here 1.0");
}

#[cfg(target_os = "linux")]
#[test]
fn an_interruption_ends_the_check_and_everything_it_started() {
    use std::time::{Duration, Instant};

    use rustix::process::{Pid, Signal, kill_process};

    let scratch = tempfile::tempdir().unwrap();
    let pids = scratch.path().join("pids");
    for signal in [Signal::INT, Signal::TERM] {
        let script = launch("hang_with_child.py", &[pids.to_str().unwrap()]).command;
        let mut running = check(&["--"]).args(script).spawn().unwrap();
        let start = Instant::now();
        while !std::fs::read_to_string(&pids).is_ok_and(|text| text.ends_with('\n')) {
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "the server did not start"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        kill_process(Pid::from_child(&running), signal).unwrap();
        let interrupted = Instant::now();
        assert_eq!(running.wait().unwrap().code(), Some(130));
        assert!(
            interrupted.elapsed() < Duration::from_secs(10),
            "{:?}",
            interrupted.elapsed()
        );
        std::thread::sleep(Duration::from_millis(50));
        super::assert_gone(&pids, 2);
        std::fs::remove_file(&pids).unwrap();
    }
}
