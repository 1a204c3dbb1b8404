//! `new --build` with a compiler that we made up: what is shown, and how it ends.
#![cfg(unix)]

use std::fs;

use serde_json::Value;

use crate::support::sandbox::{Run, Sandbox};

/// `new --build` where `cargo` is this shell script.
fn build(sandbox: &Sandbox, cargo: &str, flags: &[&str]) -> Run {
    fs::create_dir(sandbox.path("bin")).expect("create a directory");
    sandbox.write_program("bin/cargo", cargo);
    let path = std::env::var("PATH").expect("a PATH");
    let path = format!("{}:{path}", sandbox.path("bin").display());
    let args = ["my-server", "--yes", "--no-git", "--build"];
    let mut command = sandbox.command(&[&args[..], flags].concat());
    let output = command.env("PATH", path).output().expect("it runs");
    sandbox.finish(&output)
}

const FAILS: &str = "for n in $(seq 100); do echo line $n >&2; done; exit 101";

#[test]
fn a_failed_build_keeps_the_project_and_shows_the_end_of_the_output() {
    let sandbox = Sandbox::new();
    let run = build(&sandbox, FAILS, &[]);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert!(run.stderr.contains("line 100\n"), "{}", run.stderr);
    assert!(!run.stderr.contains("line 2\n"), "{}", run.stderr);
    assert!(
        run.stderr
            .contains("try again with `cargo build` in `[DIR]/my-server`"),
        "{}",
        run.stderr
    );
    assert!(!run.stdout.contains("Next"), "{}", run.stdout);
    assert!(sandbox.path("my-server/src/main.rs").is_file());
}

#[test]
fn with_verbose_all_output_is_shown_once() {
    let sandbox = Sandbox::new();
    let run = build(&sandbox, FAILS, &["--verbose"]);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    for n in 1..=100 {
        let line = format!("line {n}\n");
        assert_eq!(run.stderr.matches(&line).count(), 1, "{}", run.stderr);
    }
}

#[test]
fn a_failed_build_is_one_object_for_machines() {
    let sandbox = Sandbox::new();
    let run = build(&sandbox, FAILS, &["--json"]);
    let result: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(result["steps_succeeded"], false);
    let error: Value = serde_json::from_str(&run.stderr).expect("JSON");
    assert_eq!((run.code, &error["code"]), (Some(1), &1.into()));
    let log = error["log"].as_array().expect("the end of the output");
    assert_eq!((log.len(), &log[19]), (20, &"line 100".into()));
}

#[test]
fn a_server_that_was_built_and_does_not_answer_exits_4() {
    let sandbox = Sandbox::new();
    let run = build(&sandbox, "[ \"$1\" = build ] || exit 3", &[]);
    assert_eq!(run.code, Some(4), "{}", run.transcript());
    assert!(run.stderr.contains("build: "), "{}", run.stderr);
    assert!(sandbox.path("my-server/src/main.rs").is_file());
}
