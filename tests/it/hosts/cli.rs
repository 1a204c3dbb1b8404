//! The verbs as they are called: what they say, what they refuse, and what they run.
#![cfg(unix)]

use std::fs;

use create_mcp_server::hosts::HOSTS;
use insta::assert_snapshot;
use serde_json::Value;

use super::home::{Home, fake_cargo};
use crate::support::tree;

const LIST: &str = "{\n  \"mcpServers\": {\n    \"a\": { \"command\": \"a\" }\n  }\n}\n";

#[test]
fn what_is_said_is_interface() {
    let home = Home::new();
    home.write(".cursor/mcp.json", LIST);
    for (name, args) in [
        ("help_install", &["install", "--help"][..]),
        ("help_uninstall", &["uninstall", "--help"]),
        (
            "dry_run",
            &["install", "--host", "cursor,codex,claude-code", "--dry-run"],
        ),
        ("print", &["install", "--print"]),
        (
            "print_project",
            &["install", "--print", "--scope", "project"],
        ),
        (
            "print_http",
            &[
                "install",
                "--print",
                "-t",
                "http",
                "--host",
                "codex,claude-desktop",
            ],
        ),
        ("nobody_to_ask", &["install", "--host", "cursor"]),
        ("no_host", &["install", "-y"]),
        ("unknown_host", &["install", "--host", "emacs"]),
        (
            "no_project_scope",
            &["install", "--host", "windsurf", "--scope", "project", "-y"],
        ),
        (
            "no_http",
            &["install", "--host", "claude-desktop", "-t", "http", "-y"],
        ),
        (
            "bad_url",
            &["install", "--host", "cursor", "--url", "ftp://x", "-y"],
        ),
        (
            "installed",
            &["install", "--host", "cursor,codex", "--no-check", "-y"],
        ),
        (
            "installed_again",
            &["install", "--host", "cursor,codex", "--no-check", "-y"],
        ),
        (
            "other_entry",
            &[
                "install",
                "--host",
                "cursor",
                "--no-check",
                "-y",
                "-t",
                "http",
            ],
        ),
        (
            "uninstall_dry_run",
            &["uninstall", "--host", "cursor,codex", "--dry-run"],
        ),
        (
            "uninstalled",
            &["uninstall", "--host", "cursor,codex", "-y"],
        ),
        (
            "uninstalled_again",
            &["uninstall", "--host", "cursor,codex", "-y"],
        ),
    ] {
        assert_snapshot!(name, home.run(args).transcript());
    }
    assert_eq!(home.names(".cursor"), ["mcp.json"]);
    assert_eq!(home.text(".cursor/mcp.json"), LIST);
}

#[test]
fn nothing_is_written_before_the_user_agrees() {
    let home = Home::new();
    home.write(".cursor/mcp.json", LIST);
    home.write(".codex/config.toml", "broken = \n");
    let before = tree::read(&home.path(""));
    for args in [
        &["install", "--host", "cursor,codex", "--no-check"][..],
        &["install", "--host", "codex", "--no-check", "-y"],
        &["install", "--host", "cursor", "--dry-run"],
        &["install", "--host", "cursor", "--dry-run", "--json"],
        &["install", "--host", "cursor"],
        &["install", "--host", "cursor", "--print"],
        // What the command line asks for and one of them cannot do.
        &[
            "install",
            "--host",
            "cursor,claude-desktop",
            "-t",
            "http",
            "-y",
        ],
        &["uninstall", "--host", "cursor,codex", "-y"],
    ] {
        home.run(args);
        assert_eq!(tree::read(&home.path("")), before, "{args:?}");
    }
}

/// Each host stands for itself: what is wrong with one leaves the others done.
#[test]
fn one_host_s_trouble_leaves_the_others_done() {
    let home = Home::new();
    let other = "{\"mcpServers\": {\"my-server\": {\"command\": \"/other\"}}}\n";
    home.write(".cursor/mcp.json", other);
    home.write(".gemini/settings.json", "{ broken\n");
    let all = "cursor,gemini,kiro,claude-code,codex";
    let run = home.install(all, &["--json"]).expect_code(3);
    for problem in [
        "another `my-server`",
        "settings.json:1:",
        "`claude` is not installed",
    ] {
        assert!(run.stderr.contains(problem), "{}", run.stderr);
    }
    let value: Value = serde_json::from_str(&run.stdout).unwrap();
    let hosts = value["hosts"].as_array().unwrap();
    let changes: Vec<_> = hosts
        .iter()
        .map(|host| {
            let problem = host["problem"].as_str().unwrap_or_default();
            (
                host["id"].as_str().unwrap(),
                host["change"].as_str().unwrap(),
                !problem.is_empty(),
            )
        })
        .collect();
    let expected = [
        ("claude-code", "refused", true),
        ("cursor", "refused", true),
        ("codex", "added", false),
        ("gemini", "refused", true),
        ("kiro", "added", false),
    ];
    assert_eq!(changes, expected);
    assert!(
        home.text(".codex/config.toml")
            .contains("[mcp_servers.my-server]")
    );
    assert!(home.text(".kiro/settings/mcp.json").contains("my-server"));
    assert_eq!(home.text(".cursor/mcp.json"), other);

    let run = home.uninstall("cursor,kiro,codex", &[]).expect_code(3);
    assert!(
        run.stderr.contains("does not belong to this project"),
        "{}",
        run.stderr
    );
    assert!(!home.path(".kiro/settings/mcp.json").exists());
    assert!(!home.path(".codex/config.toml").exists());
    assert_eq!(home.text(".cursor/mcp.json"), other);
    let args = [
        "install",
        "--host",
        "cursor,kiro",
        "--no-check",
        "--dry-run",
    ];
    let run = home.run(&args).expect_code(3);
    assert!(
        run.stdout.contains("+    \"my-server\""),
        "{}",
        run.transcript()
    );
}

#[test]
fn machines_get_one_object() {
    let home = Home::new();
    home.write(".cursor/mcp.json", LIST);
    let object = |args: &[&str]| -> Value {
        let run = home.run(args).expect_code(0);
        assert_eq!(run.stderr, "", "{args:?}");
        serde_json::from_str(&run.stdout).unwrap()
    };
    let plan = object(&["install", "--host", "cursor", "--dry-run", "--json"]);
    assert_eq!(plan["dry_run"], true);
    assert!(
        plan["hosts"][0]["diff"]
            .as_str()
            .unwrap()
            .contains("+    \"my-server\"")
    );
    let printed = object(&["install", "--print", "--json"]);
    assert_eq!(printed["hosts"].as_array().unwrap().len(), HOSTS.len());
    let done = object(&["install", "--host", "cursor", "--no-check", "-y", "--json"]);
    assert_eq!(done["hosts"][0]["change"], "added");
    assert_eq!(done["command"][0], done["hosts"][0]["entry"]["command"]);
    let again = object(&["install", "--host", "cursor", "--no-check", "-y", "--json"]);
    assert_eq!(again["hosts"][0]["change"], "unchanged");
    let gone = object(&["uninstall", "--host", "cursor", "-y", "--json"]);
    assert_eq!(gone["hosts"][0]["change"], "restored");
    let list = object(&["list", "--json"]);
    let hosts = list["hosts"].as_array().unwrap();
    let present = hosts.iter().filter(|host| host["present"] == true);
    let present: Vec<_> = present.map(|host| &host["id"]).collect();
    assert_eq!(present, ["cursor"]);
}

#[test]
fn quiet_says_nothing_but_errors() {
    let home = Home::new();
    let run = home.install("cursor", &["--quiet"]).expect_code(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    let run = home
        .install("cursor", &["--quiet", "-t", "http"])
        .expect_code(3);
    assert!(run.stderr.contains("--force"), "{}", run.stderr);
}

#[test]
fn claude_code_s_own_program_edits_the_user_s_list() {
    let home = Home::new();
    let run = home
        .run(&["install", "--host", "claude-code", "-y"])
        .expect_code(1);
    assert!(
        !run.stderr.contains("building"),
        "said before the build: {}",
        run.stderr
    );
    assert!(
        run.stderr.contains("`claude` is not installed"),
        "{}",
        run.stderr
    );
    home.host_program("claude", "");
    home.install("claude-code", &[]).expect_code(0);
    let json = "{\"type\":\"stdio\",\"command\":\"[DIR]/work/my-server/target/release/my-server\",\"args\":[]}";
    let add = format!("mcp add-json -s user my-server {json}\n");
    assert_eq!(home.calls(), add);
    assert!(!home.path(".claude.json").exists());
    // What it has written by now decides what it is told.
    let known = json.replace(
        "[DIR]",
        home.0.path("").to_string_lossy().trim_end_matches('/'),
    );
    home.write(
        ".claude.json",
        &format!("{{\"mcpServers\":{{\"my-server\":{known}}}}}"),
    );
    home.install("claude-code", &[]).expect_code(0);
    assert_eq!(home.calls(), "");
    let run = home.install("claude-code", &["-t", "http"]).expect_code(3);
    assert!(run.stderr.contains("--force"), "{}", run.stderr);
    home.install("claude-code", &["-t", "http", "--force"])
        .expect_code(0);
    let remove = "mcp remove -s user my-server\n";
    let http = "{\"type\":\"http\",\"url\":\"http://127.0.0.1:8000/mcp\"}";
    assert_eq!(
        home.calls(),
        format!("{remove}mcp add-json -s user my-server {http}\n")
    );
    home.uninstall("claude-code", &[]).expect_code(0);
    assert_eq!(home.calls(), remove);
    home.host_program("claude", "echo 'no way' >&2\nexit 7\n");
    let run = home.uninstall("claude-code", &[]).expect_code(1);
    assert!(run.stderr.contains("no way"), "{}", run.stderr);
    let file = home.text(".claude.json");
    assert!(file.contains(&known), "never edited: {file}");
}

#[test]
fn tokens_are_placeholders() {
    let home = Home::with(&["-t", "http", "--auth", "bearer"]);
    let run = home.run(&["install", "--print", "--json"]).expect_code(0);
    let value: Value = serde_json::from_str(&run.stdout).unwrap();
    let text = |id: &str| {
        let hosts = value["hosts"].as_array().unwrap();
        let host = hosts.iter().find(|host| host["id"] == id).unwrap();
        host["text"].as_str().unwrap_or_default().to_owned()
    };
    for (id, placeholder) in [
        ("claude-code", "\"Bearer ${MCP_TOKEN}\""),
        ("vscode", "\"Bearer ${input:mcp-token}\""),
        ("cursor", "\"Bearer ${env:MCP_TOKEN}\""),
        ("codex", "bearer_token_env_var = \"MCP_TOKEN\""),
        ("gemini", "\"Bearer ${MCP_TOKEN}\""),
        ("opencode", "\"Bearer {env:MCP_TOKEN}\""),
        ("windsurf", "\"Bearer ${env:MCP_TOKEN}\""),
        ("kiro", "\"Bearer ${MCP_TOKEN}\""),
    ] {
        assert!(text(id).contains(placeholder), "{id}: {}", text(id));
    }
    for id in ["claude-desktop", "zed"] {
        home.install(id, &[]).expect_code(2);
    }
    assert!(
        text("zed").contains("\"Bearer <MCP_TOKEN>\""),
        "{}",
        text("zed")
    );
}

/// The files that a project brings for its own folder are what `install` would write there.
#[test]
fn the_project_s_own_files_agree_with_the_hosts_table() {
    for auth in ["none", "bearer"] {
        let home = Home::with(&["-t", "http", "--auth", auth]);
        for id in ["claude-code", "vscode"] {
            let run = home.install(id, &["--scope", "project"]).expect_code(0);
            assert!(
                run.stderr.contains("nothing to do"),
                "{auth} {id}: {}",
                run.stderr
            );
        }
    }
}

const BUILD: &str = "build --release --message-format json-render-diagnostics";

#[test]
fn a_server_that_does_not_answer_is_not_installed() {
    let home = Home::new();
    home.host_program("cargo", "");
    let run = home
        .run(&["install", "--host", "cursor", "-y"])
        .expect_code(4);
    assert!(run.stderr.contains("does not answer"), "{}", run.stderr);
    assert!(run.stderr.contains("--no-check"), "{}", run.stderr);
    assert!(!home.path(".cursor").exists());
    assert_eq!(home.builds(), [BUILD]);
}

#[test]
fn what_is_missing_is_built_and_what_is_there_is_taken_without_a_check() {
    let home = Home::new();
    home.host_program("cargo", "");
    home.install("cursor", &[]).expect_code(0);
    assert!(home.builds().is_empty());
    let program = home.project().join("target/release/my-server");
    fs::remove_file(&program).unwrap();
    let run = home.install("codex", &[]).expect_code(1);
    assert!(run.stderr.contains("did not create"), "{}", run.stderr);
    assert!(!home.path(".codex").exists());
    home.host_program(
        "cargo",
        "/bin/mkdir -p target/release; : > target/release/my-server\n",
    );
    home.install("codex", &[]).expect_code(0);
    assert!(program.exists());
}

/// What `new` is told besides the flags under test: the answers of the project that is there.
const AGAIN: [&str; 8] = [
    "x-server",
    "--name",
    "x-server",
    "--answers",
    ".create-mcp-server.toml",
    "--no-git",
    "--color",
    "never",
];

#[test]
fn a_new_project_is_installed_at_once_where_that_is_asked_for() {
    for (flags, file) in [
        (&["--install", "cursor"][..], ".cursor/mcp.json"),
        (
            &["--claudeapp"],
            ".config/Claude/claude_desktop_config.json",
        ),
    ] {
        let home = Home::with(&["-t", "stdio"]);
        let path = fake_cargo(&home);
        let args = [&["new"], &AGAIN[..], &["-y", "--json"], flags].concat();
        let mut command = home.command(&args);
        let output = command.env("PATH", path).output().unwrap();
        let run = home.0.finish(&output).expect_code(0);
        let value: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(value["installed"][0]["change"], "added", "{value}");
        let program = home.project().join("x-server/target/release/x-server");
        assert!(home.text(file).contains(&*program.to_string_lossy()));
        assert!(
            value["command"].as_str().unwrap().contains("--install="),
            "{value}"
        );
    }
    let home = Home::new();
    let run = home.run(&["new", "y-server", "-y", "--no-build", "--install", "cursor"]);
    run.expect_code(2);
    assert!(!home.project().join("y-server").exists());
}

#[test]
fn a_person_is_offered_the_hosts_that_are_there() {
    use crate::support::terminal::{self, ENTER};
    let home = Home::with(&["-t", "stdio"]);
    let path = format!("PATH={}", fake_cargo(&home));
    for below in [".cursor", ".codex"] {
        fs::create_dir(home.project().join(below)).unwrap();
    }
    let program = assert_cmd::cargo::cargo_bin("create-mcp-server");
    let program = program.to_string_lossy();
    let args = [&[&*path, &*program, "new"], &AGAIN[..]].concat();
    let answers = [
        ("Build it now", "y"),
        ("Which apps should find", "\x1b[B \r"),
    ];
    let screen = terminal::run(
        std::path::Path::new("env"),
        &args,
        &home.project(),
        &answers,
    );
    let text = screen.text();
    assert_eq!(screen.code, Some(0), "{text}");
    assert!(
        text.contains("Codex: installed") && text.contains("--install=codex"),
        "{text}"
    );
    let file = fs::read_to_string(home.project().join(".codex/config.toml")).unwrap();
    assert!(file.contains("[mcp_servers.x-server]"), "{file}");
    assert!(!home.project().join(".cursor/mcp.json").exists());

    let args = [&*path, &*program, "install", "x-server"];
    let answers = [
        ("Which apps should find", ENTER),
        ("nothing is marked", " \r"),
        ("Go ahead?", ENTER),
    ];
    let screen = terminal::run(
        std::path::Path::new("env"),
        &args,
        &home.project(),
        &answers,
    );
    let text = screen.text();
    assert_eq!(screen.code, Some(0), "{text}");
    assert!(text.contains("Cursor: installed"), "{text}");
    assert!(home.project().join(".cursor/mcp.json").exists());
    let answers = [("Which apps", " \r"), ("Go ahead?", "n")];
    let args = [&*path, &*program, "uninstall", "x-server"];
    let screen = terminal::run(
        std::path::Path::new("env"),
        &args,
        &home.project(),
        &answers,
    );
    assert_eq!(screen.code, Some(130), "{}", screen.text());
    assert!(home.project().join(".cursor/mcp.json").exists());
}
