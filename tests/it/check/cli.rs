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
        (&["--strict"][..], "legacy_only.py", 0),
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
    assert_eq!(report["sessions"][1]["failure"]["stage"], "stdout");
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["code"], 4);
}

#[test]
fn what_cannot_be_checked_is_a_usage_error() {
    let scratch = tempfile::tempdir().unwrap();
    for (arguments, reason) in [
        (&["--url", "ftp://127.0.0.1/mcp"][..], "must start with"),
        (&["--ignore", "shape", "--", "x"][..], "is a failure"),
        (&["--ignore", "no-such", "--", "x"][..], "did you mean"),
        (&["--config", "missing.toml", "--", "x"][..], "missing.toml"),
        (&["--update-baseline", "--", "x"][..], "--baseline"),
        (&["--url", "http://u:p@127.0.0.1/mcp"][..], "password"),
        (
            &["--url", "http://127.0.0.1/mcp", "--header", "nonsense"][..],
            "colon",
        ),
        (
            &["--url", "http://127.0.0.1/mcp", "--", "x"][..],
            "cannot be used with",
        ),
        (&["--header", "A: b", "--", "x"][..], "only applies to HTTP"),
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
fn a_file_says_what_does_not_count_and_the_command_line_adds_to_it() {
    let scratch = tempfile::tempdir().unwrap();
    let run = |flags: &[&str]| {
        let output = check(flags)
            .current_dir(&scratch)
            .arg("--")
            .args(launch("careless.py", &[]).command)
            .output()
            .unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let codes = report["findings"].as_array().into_iter().flatten();
        let codes: Vec<_> = codes
            .map(|it| it["code"].as_str().unwrap().to_owned())
            .collect();
        (output.status.code(), codes, text(&output.stderr).to_owned())
    };
    let (code, codes, _) = run(&["--json"]);
    assert_eq!(code, Some(0));
    assert!(codes.contains(&"tool-annotations".to_owned()));
    let file = scratch.path().join("mcp-check.toml");
    std::fs::write(
        &file,
        "ignore = [\"tool-annotations\"]\n[severity]\ntool-description = \"error\"\n",
    )
    .unwrap();
    let (code, codes, _) = run(&["--json", "--ignore", "duplicate-name"]);
    assert_eq!(code, Some(4));
    assert_eq!(codes[0], "tool-description");
    assert!(
        !codes
            .iter()
            .any(|it| it == "tool-annotations" || it == "duplicate-name")
    );
    std::fs::write(&file, "ignroe = []\n").unwrap();
    let (code, _, error) = run(&[]);
    assert_eq!(code, Some(2));
    assert!(error.contains("unknown field `ignroe`"), "{error}");
}

#[test]
fn a_report_goes_to_a_file_in_the_format_that_is_asked_for() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("report.xml");
    let output = check_script(
        &["--format", "junit", "--output", file.to_str().unwrap()],
        "careless.py",
    );
    assert_eq!(text(&output.stdout), "");
    let report = std::fs::read_to_string(&file).unwrap();
    assert!(
        report.starts_with("<?xml") && report.contains("<testcase "),
        "{report}"
    );
    let output = check_script(&["--format", "github"], "prints.py");
    let annotations = text(&output.stdout);
    assert!(
        annotations.starts_with("::error title=MCP%3A session-failed::"),
        "{annotations}"
    );
    let output = check_script(&["--format", "sarif"], "careless.py");
    let sarif: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        sarif["runs"][0]["tool"]["driver"]["name"],
        "create-mcp-server"
    );
}

#[test]
fn a_change_of_the_surface_is_breaking_safe_or_wording() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("surface.json");
    let name = file.to_str().unwrap();
    let run = |flags: &[&str], fault: &str| {
        check(&[&["--baseline", name][..], flags].concat())
            .arg("--")
            .args(launch("planted.py", &[fault]).command)
            .output()
            .unwrap()
    };
    assert_eq!(run(&[], "{}").status.code(), Some(2), "there is none yet");
    assert_eq!(run(&["--update-baseline"], "{}").status.code(), Some(0));
    let recorded = std::fs::read_to_string(&file).unwrap();
    run(&["--update-baseline"], "{}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), recorded);
    assert_eq!(run(&[], "{}").status.code(), Some(0));

    let required = r#"{"set": {"tools/list": {"/tools/1/inputSchema": {"type": "object", "properties":
        {"sure": {"type": "boolean", "description": "Sure."}}, "required": ["sure"]}}}}"#;
    let output = run(&[], required);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let row = "| breaking | tool `delete-all` | parameter `sure` is new, and required | discover, initialize |";
    assert!(
        text(&output.stdout).contains(row),
        "{}",
        text(&output.stdout)
    );

    let wording = r#"{"set": {"tools/list": {"/tools/1/description": "Delete it all."}}}"#;
    let output = run(&["--json"], wording);
    assert_eq!(output.status.code(), Some(0));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["changes"][0]["weight"], "wording");
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
