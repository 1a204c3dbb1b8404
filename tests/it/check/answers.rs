//! A server that asks its client for something: it is refused, or gets what the user gives.

use std::process::{Command, Output};

use serde_json::{Value, json};

use super::launch;

const METHODS: [(&str, &str); 3] = [
    ("elicitation", "elicitation/create"),
    ("sampling", "sampling/createMessage"),
    ("roots", "roots/list"),
];

fn run(words: &[&str], script: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_create-mcp-server"))
        .args(words)
        .arg("--")
        .args(launch("asks.py", script).command)
        .output()
        .unwrap()
}

fn call(era: &str, more: &[&str], script: &[&str]) -> Output {
    run(&[&["call", "ask", "--era", era][..], more].concat(), script)
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_question_without_an_answer_is_refused_in_both_eras() {
    for (kind, method) in METHODS {
        let output = call("initialize", &[], &[method]);
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let refused = json!({"declared": {}, "answer": {"error": -32601}});
        assert_eq!(told, refused, "{method}");
        assert_eq!(output.status.code(), Some(4));

        let output = call("discover", &[], &[method]);
        let error = text(&output.stderr);
        let expected = format!("asks its client for `{method}` before it answers");
        assert!(error.contains(&expected), "{error}");
        assert!(error.contains(&format!("`--answer {kind}=…`")), "{error}");
        assert_eq!(output.status.code(), Some(4));
    }
}

#[test]
fn a_question_gets_what_the_user_gives_in_both_eras() {
    let sampled = json!({
        "role": "assistant",
        "content": {"type": "text", "text": "Hi."},
        "model": "create-mcp-server",
        "stopReason": "endTurn",
    });
    let cases = [
        (
            "elicitation={\"name\": \"Ada\"}",
            json!({"action": "accept", "content": {"name": "Ada"}}),
        ),
        ("sampling=\"Hi.\"", sampled),
        (
            "roots=[\"file:///a\"]",
            json!({"roots": [{"uri": "file:///a"}]}),
        ),
    ];
    for ((kind, method), (answer, result)) in METHODS.into_iter().zip(cases) {
        for era in ["initialize", "discover"] {
            let output = call(era, &["--answer", answer], &[method]);
            assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
            let told: Value = serde_json::from_slice(&output.stdout).unwrap();
            let expected = json!({"declared": {kind: {}}, "answer": result});
            assert_eq!(told, expected, "{era}");
        }
    }
}

#[test]
fn a_page_is_not_visited_and_a_server_that_asks_for_ever_is_left() {
    let answer = ["--answer", "elicitation={}"];
    let output = call("initialize", &answer, &["elicitation/create", "page"]);
    assert!(text(&output.stdout).contains("\"error\": -32601"));
    let output = call("discover", &answer, &["elicitation/create", "page"]);
    assert!(text(&output.stderr).contains("asks its client"));
    let output = call("discover", &answer, &["elicitation/create", "endless"]);
    let error = text(&output.stderr);
    assert!(
        error.contains("it asked its client for something"),
        "{error}"
    );
}

#[test]
fn a_check_says_what_a_tool_wants_to_know_and_passes_with_it() {
    let check = |flags: &[&str]| {
        let output = run(&[&["check", "--json"][..], flags].concat(), &["roots/list"]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let found = findings.iter().map(|it| it["code"].as_str().unwrap());
        let found: Vec<_> = found.map(str::to_owned).collect();
        (output.status.code(), found)
    };
    assert_eq!(
        check(&["--calls"]),
        (Some(0), vec!["tool-error".to_owned()])
    );
    let (code, found) = check(&["--call", "ask={}"]);
    assert_eq!((code, found[0].as_str()), (Some(4), "call-failed"));
    let answered = check(&["--call", "ask={}", "--answer", "roots=[]"]);
    assert_eq!(answered, (Some(0), Vec::new()));
}

#[test]
fn a_broken_answer_is_refused_before_anything_is_started() {
    for verb in [&["check"][..], &["call", "x"]] {
        for answer in ["elicitation={", "elicitation=[]", "other={}", "roots=[1]"] {
            let output = Command::new(env!("CARGO_BIN_EXE_create-mcp-server"))
                .args(verb)
                .args(["--answer", answer, "--", "./no-such-server"])
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
            let error = text(&output.stderr);
            assert!(error.contains("elicitation='{"), "{error}");
        }
    }
}
