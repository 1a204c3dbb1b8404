//! The interview on a real terminal.
#![cfg(unix)]

use std::{fs, path::Path, time::Duration};

use crate::support::{
    sandbox::Sandbox,
    terminal::{self, CTRL_C, DOWN, ENTER, Screen, Size},
    tree,
};

fn run(sandbox: &Sandbox, args: &[&str], answers: &[(&str, &str)]) -> Screen {
    let program = assert_cmd::cargo::cargo_bin("create-mcp-server");
    terminal::run(&program, args, &sandbox.path(""), answers)
}

#[test]
fn a_person_is_asked_and_told_what_to_do_next() {
    let sandbox = Sandbox::new();
    let screen = run(
        &sandbox,
        &["--no-git"],
        &[
            ("What is the project called?", "9lives\r"),
            ("try `lives9`", ENTER),
            ("In which language?", ENTER),
            ("offer at first?", DOWN),
            ("minimal", ENTER),
            ("reach it?", ENTER),
            ("other defaults?", ENTER),
            ("Build it now", "n"),
        ],
    );
    let text = screen.text();
    assert_eq!(screen.code, Some(0), "{text}");
    assert!(screen.cursor_is_visible());
    for shown in ["created lives9", "Next", "cd lives9", "--starter=minimal"] {
        assert!(text.contains(shown), "{shown} is missing in:\n{text}");
    }
    let answers = fs::read_to_string(sandbox.path("lives9/.create-mcp-server.toml"))
        .expect("an answers file");
    assert!(answers.contains("starter = \"minimal\""), "{answers}");
}

#[test]
fn a_person_who_adds_is_asked_for_what_is_missing() {
    let sandbox = Sandbox::new();
    let made = sandbox.run(&["new", ".", "--name", "x-server", "-y", "--no-git", "-q"]);
    assert_eq!(made.code, Some(0), "{}", made.transcript());
    let before = tree::read(&sandbox.path(""));
    let questions = [
        ("What is the tool called?", "get weather\r"),
        ("try `get-weather`", ENTER),
        ("What is it for?", "Say what the weather is.\r"),
        ("to its surroundings?", DOWN),
        ("It changes nothing", ENTER),
        ("Does it take a parameter?", "city\r"),
        ("write `city:string`", ":Where\r"),
        ("Another one?", ENTER),
    ];
    for (answer, code) in [("n", 130), ("y", 0)] {
        let answers = [&questions[..], &[("Write it?", answer)]].concat();
        let screen = run(&sandbox, &["add", "tool"], &answers);
        assert_eq!(screen.code, Some(code), "{}", screen.text());
        assert_eq!(tree::read(&sandbox.path("")) == before, answer == "n");
    }
    let tool = fs::read_to_string(sandbox.path("src/tools/get_weather.rs")).expect("its file");
    for part in ["read_only_hint = true", "city: String", "\"Where\""] {
        assert!(tool.contains(part), "{tool}");
    }
    let questions = [
        ("What is it for?", ENTER),
        ("At which URI?", "no\r"),
        ("does not start with a scheme", "\x7f\x7fx://{y}\r"),
        ("Write it?", ENTER),
    ];
    let screen = run(&sandbox, &["add", "resource", "towns"], &questions);
    assert_eq!(screen.code, Some(0), "{}", screen.text());
    let questions = [
        ("What is it for?", ENTER),
        ("Does it take an argument?", "tone?\r"),
        ("Another one?", ENTER),
        ("Write it?", ENTER),
    ];
    let screen = run(&sandbox, &["add", "prompt", "plan"], &questions);
    assert_eq!(screen.code, Some(0), "{}", screen.text());
    let answers = [("Write it?", ENTER)];
    let screen = run(&sandbox, &["remove", "prompt", "plan"], &answers);
    assert_eq!(screen.code, Some(0), "{}", screen.text());
}

#[test]
fn ctrl_c_at_any_question_exits_130_and_leaves_nothing() {
    for (number, wait) in [
        "project called?",
        "In which language?",
        "offer at first?",
        "other defaults?",
        "What is it for",
        "Build it now",
    ]
    .iter()
    .enumerate()
    {
        let sandbox = Sandbox::new();
        let all = [
            ("project called?", "x-server\r"),
            ("In which language?", ENTER),
            ("offer at first?", ENTER),
            ("reach it?", ENTER),
            ("other defaults?", "n"),
            ("What is it for", ENTER),
            ("over HTTP?", ENTER),
            ("metrics and traces go?", ENTER),
            ("license?", ENTER),
            ("every push?", ENTER),
            ("container image?", ENTER),
            ("Build it now", "n"),
        ];
        let mut answers: Vec<_> = all
            .into_iter()
            .take_while(|(question, _)| question != wait)
            .collect();
        answers.push((wait, CTRL_C));
        let screen = run(&sandbox, &[], &answers);
        assert_eq!(screen.code, Some(130), "{number}: {}", screen.text());
        assert!(screen.cursor_is_visible(), "{number}: {}", screen.text());
        assert!(tree::read(&sandbox.path("")).is_empty(), "{number}");
    }
}

#[test]
fn a_dry_run_asks_only_for_what_it_shows_and_without_colours_if_told_so() {
    let sandbox = Sandbox::new();
    let flags = [
        "--dry-run",
        "-s",
        "minimal",
        "-t",
        "stdio",
        "--license",
        "none",
        "--color",
        "never",
    ];
    let screen = run(
        &sandbox,
        &flags,
        &[
            ("project called?", "x-server\r"),
            ("In which language?", ENTER),
            ("other defaults?", "n"),
            ("What is it for", ENTER),
            ("metrics and traces go?", ENTER),
            ("every push?", ENTER),
            ("container image?", ENTER),
        ],
    );
    assert_eq!(screen.code, Some(0), "{}", screen.text());
    assert!(!screen.text().contains("Build it now"), "{}", screen.text());
    let is_style = |code: &&str| {
        let end = code.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        end.starts_with('m')
    };
    let styles: Vec<_> = screen
        .raw()
        .split("\x1b[")
        .skip(1)
        .filter(is_style)
        .collect();
    assert!(styles.is_empty(), "{styles:?}");
    assert!(tree::read(&sandbox.path("")).is_empty());
}

#[test]
fn a_termination_request_at_a_question_leaves_the_terminal_as_it_was() {
    let sandbox = Sandbox::new();
    let program = assert_cmd::cargo::cargo_bin("create-mcp-server");
    let script = "\"$0\" x-server -l rust -d x </dev/tty & p=$!; sleep 1; kill -TERM $p; wait $p; echo code $?; stty -a";
    let args = ["-c", script, &program.to_string_lossy()];
    let screen = terminal::run(Path::new("sh"), &args, &sandbox.path(""), &[]);
    let text = screen.text();
    assert!(text.contains("offer at first?"), "{text}");
    assert!(text.contains("code 130"), "{text}");
    assert!(screen.cursor_is_visible(), "{text}");
    for off in ["-echo ", "-icanon", "-isig"] {
        assert!(!text.contains(off), "{off}: {text}");
    }
}

#[test]
fn a_terminal_too_small_for_a_choice_is_an_error() {
    let sandbox = Sandbox::new();
    let program = assert_cmd::cargo::cargo_bin("create-mcp-server");
    let size = Size {
        columns: 80,
        rows: 2,
    };
    let args = ["x-server", "-l", "rust", "-d", "x"];
    let screen = terminal::run_on(size, &program, &args, &sandbox.path(""), &[]);
    assert_eq!(screen.code, Some(2), "{}", screen.raw());
    assert!(screen.raw().contains("--starter"), "{}", screen.raw());
}

#[test]
fn ctrl_c_during_the_build_keeps_the_project_and_ends_the_tool() {
    let sandbox = Sandbox::new();
    let tools = sandbox.path("bin");
    fs::create_dir(&tools).expect("create a directory");
    let cargo =
        "sleep 300 &\necho $! > \"$PIDFILE\"\necho '   Compiling something v1.0.0' >&2\nwait\n";
    sandbox.write_program("bin/cargo", cargo);
    let pidfile = sandbox.path("pid");
    let path = format!(
        "PATH={}:{}",
        tools.display(),
        std::env::var("PATH").expect("a PATH")
    );
    let pid = format!("PIDFILE={}", pidfile.display());
    let program = assert_cmd::cargo::cargo_bin("create-mcp-server");
    let program = program.to_string_lossy();
    let args = [
        &*pid, &*path, &program, "x-server", "-y", "--no-git", "--build",
    ];
    let screen = terminal::run(
        Path::new("env"),
        &args,
        &sandbox.path(""),
        &[("Compiling something", CTRL_C)],
    );
    assert_eq!(screen.code, Some(130), "{}", screen.text());
    assert!(screen.raw().contains("building"), "{}", screen.raw());
    assert!(sandbox.path("x-server/README.md").is_file());
    let child: i32 = fs::read_to_string(&pidfile)
        .expect("a pid")
        .trim()
        .parse()
        .expect("a number");
    let gone = || !Path::new(&format!("/proc/{child}")).exists();
    let ended = (0..100).any(|_| {
        gone() || {
            std::thread::sleep(Duration::from_millis(20));
            false
        }
    });
    assert!(ended, "process {child} lives on");
}
