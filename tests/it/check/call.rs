//! `call`: one request of any server, and nothing but that.

use std::process::{Command, Output};

use serde_json::Value;

use super::launch;

fn call(words: &[&str], script: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_create-mcp-server"))
        .arg("call")
        .args(words)
        .arg("--")
        .args(launch(script, arguments).command)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_call_shows_what_the_tool_answers_in_both_eras() {
    for era in [&[][..], &["--era", "discover"], &["--era", "initialize"]] {
        let words = [&["echo", "text=007"][..], era].concat();
        let output = call(&words, "good.py", &[]);
        assert_eq!(text(&output.stdout), "007\n", "{}", text(&output.stderr));
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn the_whole_result_is_one_json_object() {
    let output = call(
        &["echo", "{\"text\": \"x\"}", "--json"],
        "planted.py",
        &["{}"],
    );
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["content"][0]["text"], "x");
    assert_eq!(result["structuredContent"]["text"], "x");
}

#[test]
fn resources_and_prompts_can_be_asked_for_too() {
    let output = call(&["--resource", "note:///one"], "good.py", &[]);
    assert_eq!(text(&output.stdout), "text\n");
    let output = call(&["--prompt", "summarize", "style=brief"], "good.py", &[]);
    assert_eq!(text(&output.stdout), "user: Summarize, brief.\n");
}

#[test]
fn what_cannot_be_asked_and_what_fails_has_its_exit_code() {
    for (words, code, reason) in [
        (&["echo", "{\"text\""][..], 2, "not JSON"),
        (&["echo", "lonely"], 2, "key=value"),
        (&["ecko"], 2, "there is no tool `ecko`"),
        (&["--prompt", "x"], 2, "there is no prompt `x`"),
        (&["delete-all"], 4, "answered with an error"),
        (&["--resource", "x://"], 0, ""),
    ] {
        let output = call(words, "good.py", &[]);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {error}");
        assert!(error.contains(reason), "{words:?}: {error}");
    }
    let output = call(&["ecko"], "good.py", &[]);
    assert!(text(&output.stderr).contains("`echo`, `delete-all`"));
    let output = call(&["echo"], "exits_early.py", &[]);
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).contains("no module named 'mcp'"));
}

#[test]
fn broken_arguments_are_refused_before_anything_is_started() {
    let output = Command::new(env!("CARGO_BIN_EXE_create-mcp-server"))
        .args(["call", "echo", "{", "--", "./no-such-server"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("not JSON"));
}

#[test]
fn what_a_tool_answers_cannot_reach_the_terminal() {
    let fault = r#"{"set": {"tools/call": {"/content/0/text": "a\u001b[2Jb"}}}"#;
    let output = call(&["echo", "text=x"], "planted.py", &[fault]);
    assert!(!output.stdout.contains(&0x1b), "{}", text(&output.stdout));
}
