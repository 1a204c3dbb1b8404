//! What hosts run for a project whose language has a runner: data of its template.
#![cfg(unix)]

use std::{fs, path::Path};

use create_mcp_server::hosts::{HOSTS, Scope};
use insta::assert_snapshot;
use serde_json::Value;

use super::home::Home;
use crate::support::python;

/// A project of a user who has uv: one that makes the environment, and runs a correct server instead of the project's.
fn home(options: &[&str]) -> Home {
    let home = Home::with(&[&["--language", "python"], options].concat());
    let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bad_servers/good.py");
    let path = std::env::var("PATH").expect("a PATH");
    let script = format!(
        "PATH='{path}'\n[ \"$1\" = sync ] && exec mkdir -p .venv\n[ \"$2\" = --no-sync ] && exit 0\nexec {} -B '{}'\n",
        python().display(),
        server.display()
    );
    home.host_program("uv", &script);
    home
}

#[test]
fn the_runner_is_named_and_found_where_the_host_has_no_path() {
    let home = home(&["-t", "both"]);
    for (name, args) in [
        ("runner_print", &["install", "--print"][..]),
        (
            "runner_print_http",
            &["install", "--print", "-t", "http", "--host", "cursor"],
        ),
        (
            "runner_dry_run",
            &["install", "--host", "claude-desktop,codex", "--dry-run"],
        ),
    ] {
        assert_snapshot!(name, home.run(args).expect_code(0).transcript());
    }
}

/// A project's file is committed, and opened on other machines.
#[test]
fn a_project_s_own_file_names_the_runner_alone() {
    let home = home(&["-t", "stdio"]);
    for host in HOSTS.iter().filter(|host| host.has(Scope::Project)) {
        for (scope, absolute) in [("user", host.desktop), ("project", false)] {
            let args = [
                "install", "--print", "--json", "--host", host.id, "--scope", scope,
            ];
            let run = home.run(&args).expect_code(0);
            let value: Value = serde_json::from_str(&run.stdout).unwrap();
            let entry = &value["hosts"][0]["entry"];
            let command = entry.get("cmd").unwrap_or(&entry["command"]);
            let first = command.get(0).unwrap_or(command);
            let expected = if absolute { "[DIR]/bin/uv" } else { "uv" };
            assert_eq!(first, expected, "{} {scope}", host.id);
        }
    }
}

/// `build.target`, `CARGO_TARGET_DIR` and workspaces move what cargo builds: it is asked before, and says it after.
#[test]
fn a_program_is_where_its_builder_says() {
    let home = Home::with(&["-t", "stdio"]);
    let target = home.path("elsewhere");
    let shown = target.display();
    let program = format!("{shown}/x86_64-other/release/my-server");
    home.host_program(
        "cargo",
        &format!(
            "[ \"$1\" = metadata ] && echo '{{\"target_directory\":\"{shown}\"}}' && exit 0\n\
             /bin/mkdir -p {shown}/x86_64-other/release\n: > {program}\n\
             echo '{{\"reason\":\"compiler-artifact\",\"executable\":null}}'\n\
             echo '{{\"reason\":\"compiler-artifact\",\"executable\":\"{program}\"}}'\n\
             echo '{{\"reason\":\"compiler-artifact\",\"executable\":\"{shown}/other\"}}'\n"
        ),
    );
    let run = home
        .run(&["install", "--print", "--host", "cursor"])
        .expect_code(0);
    assert!(
        run.stdout.contains("elsewhere/release/my-server"),
        "{}",
        run.stdout
    );
    // It has not been built there yet, and the build puts it elsewhere again.
    let run = home.install("cursor", &[]).expect_code(0);
    assert!(
        run.stderr
            .contains("the build put the program somewhere else"),
        "{}",
        run.stderr
    );
    assert!(home.text(".cursor/mcp.json").contains(&program));
    home.uninstall("cursor", &[]).expect_code(0);
    assert!(!home.path(".cursor/mcp.json").exists());
}

#[test]
fn the_environment_is_made_and_has_to_answer() {
    let home = home(&["-t", "stdio"]);
    let root = home.project();
    let args = ["install", "--host", "cursor", "-y", "--json"];
    let run = home.run(&args).expect_code(0);
    let value: Value = serde_json::from_str(&run.stdout).unwrap();
    let command = [
        "uv",
        "run",
        "--directory",
        "[DIR]/work/my-server",
        "my-server",
    ];
    assert_eq!(value["command"], serde_json::json!(command));
    let calls = home.calls();
    let line = "run --directory [DIR]/work/my-server my-server\n";
    assert_eq!(
        calls,
        format!("sync\n{line}{line}"),
        "one session in each era"
    );
    home.uninstall("cursor", &[]).expect_code(0);
    assert!(!home.path(".cursor/mcp.json").exists());

    // Without a check, an environment that is there will do.
    home.install("codex", &[]).expect_code(0);
    assert_eq!(home.calls(), "");
    fs::remove_dir(root.join(".venv")).unwrap();
    home.install("kiro", &[]).expect_code(0);
    assert_eq!(home.calls(), "sync\n");
}

#[test]
fn a_runner_that_is_missing_is_said_with_the_way_to_get_it() {
    let home = Home::with(&["--language", "python"]);
    let run = home.install("cursor", &[]).expect_code(1);
    assert!(run.stderr.contains("docs.astral.sh/uv"), "{}", run.stderr);
    assert!(!home.path(".cursor").exists());
}

#[test]
fn a_new_project_is_installed_at_once() {
    let home = home(&["-t", "stdio"]);
    let args = [
        "new",
        "other",
        "--name",
        "other",
        "-t",
        "stdio",
        "--language",
        "python",
    ];
    let args = [&args[..], &["--no-git", "-y", "--install", "cursor,codex"]].concat();
    home.run(&args).expect_code(0);
    let directory = format!("\"--directory\", \"{}", home.project().display());
    for file in [".cursor/mcp.json", ".codex/config.toml"] {
        let text = home.text(file);
        assert!(text.contains(&format!("{directory}/other\"")), "{text}");
    }
}

#[test]
fn what_only_the_check_needs_is_given_and_never_written() {
    let home = home(&["-t", "http", "--auth", "bearer"]);
    let check = [
        "--check-env",
        "MCP_AUTH_TOKENS=0123456789",
        "--header",
        "Authorization: Bearer x",
    ];
    let install = ["install", "--host", "cursor", "-y"];
    // The server that stands in for the project's speaks over stdio only.
    let run = home.run(&[&install[..], &check].concat()).expect_code(4);
    assert!(run.stderr.contains("--env"), "{}", run.stderr);
    for refused in [
        &["--no-check", "--check-env", "A=b"][..],
        &["--print", "--header", "A: b"],
        &["--url", "http://127.0.0.1:1/mcp", "--check-env", "A=b"],
        &["--header", "A"],
    ] {
        home.run(&[&install[..3], refused].concat()).expect_code(2);
    }
    let stdio = self::home(&["-t", "stdio"]);
    let run = stdio
        .run(&[&install[..], &["--header", "A: b"]].concat())
        .expect_code(2);
    assert!(
        run.stderr.contains("only applies to HTTP"),
        "{}",
        run.stderr
    );
    stdio.host_program(
        "uv",
        "[ \"$1\" = sync ] && exec /bin/mkdir -p .venv\necho \"$WANTED\" >&2\n",
    );
    let run = stdio
        .run(&[&install[..], &["--env", "WANTED=seen"]].concat())
        .expect_code(4);
    assert!(run.stdout.contains("seen"), "{}", run.transcript());
}
