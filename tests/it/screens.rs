//! What is on the screen while questions are asked, on narrow, common and wide terminals.
#![cfg(unix)]

use insta::assert_snapshot;

use crate::support::{
    sandbox::Sandbox,
    terminal::{self, CTRL_C, DOWN, ENTER, ESC, Screen, Size},
    tree,
};

const WIDTHS: [u16; 3] = [40, 80, 200];

fn run(columns: u16, rows: u16, args: &[&str], answers: &[(&str, &str)]) -> Screen {
    let sandbox = Sandbox::new();
    let program = assert_cmd::cargo::cargo_bin("create-mcp-server");
    let size = Size { columns, rows };
    let args = [&["--dry-run"], args].concat();
    let screen = terminal::run_on(size, &program, &args, &sandbox.path(""), answers);
    assert!(tree::read(&sandbox.path("")).is_empty());
    screen
}

/// What is on the screen, but for what an interruption says.
fn shown(screen: &Screen) -> String {
    let text = screen.text();
    let text = text.trim_end();
    let text = text.strip_suffix("interrupted").unwrap_or(text);
    text.trim_end().to_owned()
}

/// Every question of `new`, with refused answers and moves up and down in each list.
const ALL: [(&str, &str); 11] = [
    ("called?", "9lives\r"),
    ("lives9", ENTER),
    ("language?", "\x1b[B\x1b[A\r"),
    ("What should", "\x1b[B\x1b[B"),
    ("❯\x1b[0m \x1b[36mtoolhub", ENTER),
    ("reach it?", "\x1b[A\x1b[B\r"),
    ("Keep the", "n"),
    (
        "for, in",
        "\u{7}A description that is longer than a narrow screen is wide\r",
    ),
    ("live?", "\x1b[B\r"),
    ("What must", "\x1b[B\x1b[B"),
    ("❯\x1b[0m \x1b[36moauth", CTRL_C),
];

#[test]
fn each_question_is_fitted_to_the_terminal_and_leaves_one_answer() {
    for columns in WIDTHS {
        let screen = run(columns, 60, &[], &ALL);
        assert_eq!(screen.code, Some(130), "{}", screen.text());
        assert_snapshot!(format!("interview_{columns}"), shown(&screen));
    }
}

#[test]
fn defaults_are_listed_on_every_terminal() {
    let keep = ALL.iter().position(|(wait, _)| *wait == "Keep the");
    let (before, _) = ALL.split_at(keep.expect("it is asked"));
    for columns in WIDTHS {
        let answers = [before, &[("Keep the", CTRL_C)]].concat();
        let screen = run(columns, 60, &[], &answers);
        assert_snapshot!(format!("defaults_{columns}"), shown(&screen));
    }
}

#[test]
fn a_refused_answer_is_said_once_with_its_fix_typed_in() {
    for columns in WIDTHS {
        let answers = [
            ("called?", "9lives\r"),
            // What is typed goes after the fix.
            ("lives9", "!\r"),
            ("contains", CTRL_C),
        ];
        let screen = run(columns, 60, &[], &answers);
        assert_snapshot!(format!("refused_{columns}"), shown(&screen));
    }
}

#[test]
fn an_answer_can_be_withdrawn() {
    for columns in WIDTHS {
        let answers = [
            ("called?", "first\r"),
            ("language?", ESC),
            // It can be edited.
            ("called?", "-name\r"),
            ("language?", DOWN),
            ("python", ENTER),
            ("What should", ENTER),
            ("reach it?", ENTER),
            ("Keep the", "n"),
            ("for, in", "<\r"),
            ("Keep the", ESC),
            ("reach it?", ESC),
            ("What should", ESC),
            // The answer that was given is the default now.
            ("language?", ENTER),
            ("What should", ENTER),
            ("reach it?", ENTER),
            ("Keep the", ENTER),
        ];
        let screen = run(columns, 200, &["--no-build"], &answers);
        assert_eq!(screen.code, Some(0), "{}", screen.text());
        let text = screen.text();
        let (answered, _) = text.split_once("Will create").expect("a plan");
        assert_snapshot!(format!("withdrawn_{columns}"), answered);
    }
}

#[test]
fn a_list_that_is_longer_than_the_screen_has_pages() {
    let answers = [
        ("What should", "\x1b[B\x1b[B\x1b[A\x1b[B"),
        ("❯\x1b[0m \x1b[36mtoolhub", CTRL_C),
    ];
    let args = ["x-server", "-l", "rust"];
    let screen = run(40, 10, &args, &answers);
    assert_snapshot!(shown(&screen));
}

#[test]
fn a_typed_answer_may_be_longer_than_the_screen_is_wide() {
    let long = "x".repeat(150);
    let typed = format!("{long}\r");
    let args = ["x-server", "-l", "rust", "-s", "minimal", "-t", "stdio"];
    let answers = [
        ("Keep the", "n"),
        ("for, in", &*typed),
        ("1 to 100", CTRL_C),
    ];
    for columns in WIDTHS {
        let screen = run(columns, 60, &args, &answers);
        let text = screen.text();
        for once in ["✘", "What is it for", "enter takes", "› xxx"] {
            assert_eq!(text.matches(once).count(), 1, "{once}: {text}");
        }
    }
}
