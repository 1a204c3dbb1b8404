//! What goes to which stream, and how: colours, JSON, texts of strangers.

use serde_json::Value;

use crate::support::sandbox::Sandbox;

/// The codes that set colours and weights in `text`.
fn styles(text: &str) -> usize {
    text.split("\x1b[")
        .skip(1)
        .filter(|code| {
            let end = code.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
            end.starts_with('m')
        })
        .count()
}

#[test]
fn the_color_flag_holds_for_errors_wherever_it_stands() {
    let sandbox = Sandbox::new();
    for (args, coloured) in [
        (&["9lives", "-y", "--color", "always"][..], true),
        (&["--color=always", "9lives", "-y"], true),
        (&["--color", "always", "x", "--bogus"], true),
        (&["9lives", "-y", "--color", "never"], false),
        (&["9lives", "-y"], false),
    ] {
        let run = sandbox.run(args);
        assert_eq!(run.code, Some(2), "{args:?}");
        assert_eq!(
            styles(&run.stderr) > 0,
            coloured,
            "{args:?}: {}",
            run.stderr
        );
    }
    let mut help = sandbox.command(&["--help", "--color", "always"]);
    let help = sandbox.finish(&help.env("NO_COLOR", "1").output().expect("runs"));
    assert!(styles(&help.stdout) > 0, "a flag beats the environment");
}

#[test]
fn what_an_error_quotes_cannot_touch_the_terminal() {
    let sandbox = Sandbox::new();
    let evil = "schema = 1\n\"\\u001b[45mred\\u0007\\u001b]0;title\\u0007\" = 1\n";
    sandbox.write("evil.toml", evil);
    let run = sandbox.run(&["x", "-y", "--color", "always", "--answers", "evil.toml"]);
    assert_eq!(run.code, Some(2), "{}", run.transcript());
    assert!(run.stderr.contains("red"), "{}", run.stderr);
    for code in ["\x1b[45m", "\x1b]", "\x07"] {
        assert!(!run.stderr.contains(code), "{:?}", run.stderr);
    }
}

#[test]
fn every_verb_prints_one_object_for_machines_and_nothing_else() {
    let sandbox = Sandbox::new();
    for args in [
        &["list"][..],
        &["completions", "bash"],
        &["my-server", "--dry-run", "-v"],
        &["my-server", "-y", "-v"],
    ] {
        let run = sandbox.run(&[args, &["--json"]].concat());
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{args:?}");
        let value: Value = serde_json::from_str(&run.stdout).expect("one object");
        assert!(value.is_object(), "{args:?}");
    }
    for args in [
        &["9lives", "-y"][..],
        &["lst"],
        &["list", "extra"],
        &["completions", "tcsh"],
        &["check", "nowhere"],
        &["x-server"],
        &["--color", "sometimes"],
    ] {
        let run = sandbox.run(&[args, &["--json"]].concat());
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?}");
        let value: Value = serde_json::from_str(&run.stderr).expect("one object");
        assert_eq!(value["code"], 2, "{args:?}");
        assert!(
            value["message"].is_string() && value["hint"].is_string(),
            "{value}"
        );
    }
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let sandbox = Sandbox::new();
    for args in [
        &["completions", "bash"][..],
        &["list"],
        &["x", "--dry-run", "--json"],
        &["--help"],
    ] {
        let mut child =
            std::process::Command::new(assert_cmd::cargo::cargo_bin("create-mcp-server"))
                .args(args)
                .current_dir(sandbox.path(""))
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .expect("the program runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}
