//! The variables of a server that is installed: given, asked for, and secrets that stay out of hosts' files.
#![cfg(unix)]

use std::fs;

use create_mcp_server::hosts::{HOSTS, Variables};
use serde_json::Value;

use super::home::{Home, fake_cargo};

fn entry(home: &Home, id: &str, args: &[&str]) -> Value {
    let args = [&["install", "--print", "--json", "--host", id], args].concat();
    let run = home.run(&args).expect_code(0);
    let value: Value = serde_json::from_str(&run.stdout).unwrap();
    value["hosts"][0]["entry"].clone()
}

#[test]
fn a_variable_is_in_the_entry_of_every_host() {
    let home = Home::with(&["-t", "stdio"]);
    for host in HOSTS {
        let found = entry(
            &home,
            host.id,
            &["--env", "MCP_LOG=debug", "--env", "B=a=b"],
        );
        assert_eq!(found[host.stdio.env]["MCP_LOG"], "debug", "{found}");
        assert_eq!(found[host.stdio.env]["B"], "a=b", "{found}");
    }
    home.install("kiro", &["--env", "MCP_LOG=debug"])
        .expect_code(0);
    assert!(
        home.text(".kiro/settings/mcp.json")
            .contains("\"MCP_LOG\": \"debug\"")
    );
}

#[test]
fn a_variable_without_a_value_is_one_that_the_host_has() {
    let home = Home::with(&["-t", "stdio"]);
    for host in HOSTS {
        if host.variables == Variables::None {
            let args = [
                "install",
                "--host",
                host.id,
                "--env",
                "API_KEY",
                "--no-check",
                "-y",
            ];
            let run = home.run(&args).expect_code(2);
            assert!(run.stderr.contains("--env-file"), "{}", run.stderr);
            continue;
        }
        let found = entry(&home, host.id, &["--env", "API_KEY"]).to_string();
        let placeholder = host.variables.placeholder("API_KEY");
        let named = matches!(host.variables, Variables::Named | Variables::Listed { .. });
        let expected = if named { "\"API_KEY\"" } else { &*placeholder };
        assert!(found.contains(expected), "{}: {found}", host.id);
    }
}

#[test]
fn a_file_with_variables_is_named_as_the_host_knows_it() {
    let home = Home::with(&["-t", "stdio"]);
    home.write("x.env", "API_KEY=1\n");
    let path = home.path("x.env");
    let path = path.to_str().unwrap();
    for host in HOSTS {
        let found = entry(&home, host.id, &["--env-file", path]);
        if let Some(key) = host.stdio.env_file {
            assert_eq!(found[key], "[DIR]/home/x.env", "{found}");
        } else {
            let words = found.to_string();
            let expected = "\"--env-file\",\"[DIR]/home/x.env\"";
            assert!(words.contains(expected), "{words}");
        }
    }
    let run = home.run(&["install", "--host", "cursor", "--env-file", "nowhere", "-y"]);
    assert!(run.expect_code(2).stderr.contains("cannot find the file"));
}

#[test]
fn a_secret_is_refused_with_what_the_host_reads_instead() {
    let home = Home::with(&["-t", "stdio"]);
    for (given, name) in [
        ("GITHUB_TOKEN=x", "GITHUB_TOKEN"),
        ("AUTH=ghp_0123456789abcdef0123", "AUTH"),
        ("DB=postgres://me:pw@host/x", "DB"),
    ] {
        let run = home
            .install("cursor,vscode,codex,zed", &["--env", given])
            .expect_code(2);
        for hint in [
            format!("Cursor reads `${{env:{name}}}`"),
            format!("${{input:{}}}", name.to_lowercase().replace('_', "-")),
            "Codex lists it in `env_vars`".to_owned(),
            "`--env-file PATH` for Zed".to_owned(),
        ] {
            assert!(run.stderr.contains(&hint), "{hint}: {}", run.stderr);
        }
        let value = given.split_once('=').unwrap().1;
        assert!(
            value.len() < 2 || !run.stderr.contains(value),
            "{}",
            run.stderr
        );
        assert!(home.names("").is_empty(), "nothing was written");
    }
    // What the project declares as one.
    let home = Home::with(&["-t", "stdio", "-s", "toolhub", "--database", "postgres"]);
    home.install("cursor", &["--env", "DATABASE_URL=postgres://localhost/x"])
        .expect_code(2);
}

#[test]
fn a_value_that_the_host_would_read_as_a_variable_is_refused() {
    let home = Home::with(&["-t", "stdio"]);
    for id in ["cursor", "vscode", "gemini", "opencode"] {
        let value = if id == "opencode" {
            "A={env:B}"
        } else {
            "A=${B}"
        };
        let run = home.install(id, &["--env", value]).expect_code(2);
        assert!(
            run.stderr.contains("would expand a variable"),
            "{}",
            run.stderr
        );
    }
    home.install("cursor", &["--env", "PRICE=5$ {a}"])
        .expect_code(0);
}

#[test]
fn variables_of_an_address_are_the_server_s_own_matter() {
    let home = Home::new();
    for flag in ["--env=A=b", "--env=A"] {
        let run = home.install("cursor", &["-t", "http", flag]).expect_code(2);
        assert!(
            run.stderr.contains("`--env` only applies"),
            "{}",
            run.stderr
        );
    }
    for wrong in ["=x", "a b=c", "1=2", ""] {
        home.install("cursor", &["--env", wrong]).expect_code(2);
    }
}

/// The check gets what the entry says, and what is for it alone.
#[test]
fn the_check_sees_every_variable() {
    let home = Home::with(&["-t", "stdio"]);
    let program = home.project().join("target/release/my-server");
    let log = home.path("log");
    let script = format!(
        "#!/bin/sh\necho \"$GIVEN $ALONE $HAS $*\" >> '{}'\n",
        log.display()
    );
    home.host_program("cargo", "");
    fs::write(&program, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&program, mode).unwrap();
    home.write("x.env", "A=1\n");
    let file = home.path("x.env");
    let args = [
        "install",
        "--host",
        "cursor",
        "-y",
        "--env",
        "GIVEN=g",
        "--env",
        "HAS",
        "--check-env",
        "ALONE=a",
        "--env-file",
    ];
    let mut command = home.command(&[&args[..], &[file.to_str().unwrap()]].concat());
    let output = command.env("HAS", "h").output().unwrap();
    home.0.finish(&output).expect_code(4);
    let seen = fs::read_to_string(log).unwrap();
    let expected = format!("g a h --env-file {}", file.display());
    assert_eq!(seen.lines().next(), Some(&*expected));
}

#[test]
fn a_person_is_asked_for_what_has_no_default() {
    use crate::support::terminal;
    let home = Home::with(&["-t", "stdio", "-s", "toolhub", "--database", "sqlite"]);
    let path = format!("PATH={}", fake_cargo(&home));
    let program = assert_cmd::cargo::cargo_bin("create-mcp-server");
    let program = program.to_string_lossy();
    let args = [
        &*path,
        &*program,
        "install",
        "--host",
        "cursor",
        "--no-check",
        "--color",
        "never",
    ];
    for (answer, written) in [("/data/orders.db\r", true), ("\r", false)] {
        let _ = fs::remove_file(home.project().join(".cursor/mcp.json"));
        let answers = [("MCP_DATABASE_FILE", answer), ("Go ahead?", "y")];
        let screen = terminal::run(
            std::path::Path::new("env"),
            &args,
            &home.project(),
            &answers,
        );
        assert_eq!(screen.code, Some(0), "{}", screen.text());
        let file = fs::read_to_string(home.project().join(".cursor/mcp.json")).unwrap();
        assert_eq!(file.contains("/data/orders.db"), written, "{file}");
    }
}

#[test]
fn a_secret_is_typed_without_being_shown() {
    use crate::support::terminal::{self, CTRL_C};
    let home = Home::with(&["-t", "stdio", "-s", "toolhub", "--database", "postgres"]);
    let server = home.project().join("target/release/my-server");
    let log = home.path("log");
    home.host_program("cargo", "");
    let script = format!("#!/bin/sh\necho \"$DATABASE_URL\" >> '{}'\n", log.display());
    fs::write(&server, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&server, mode).unwrap();
    let program = assert_cmd::cargo::cargo_bin("create-mcp-server");
    let program = program.to_string_lossy();
    let path = std::env::var("PATH").unwrap();
    let path = format!("PATH={}:{path}", home.0.path("bin").display());
    let script = "trap : INT; \"$0\" install --host cursor --color never; echo code $?; stty -a";
    let args = ["-u", "DATABASE_URL", &path, "sh", "-c", script, &program];
    let env = std::path::Path::new("env");
    let secret = "postgres://me:hunter2@db/x";
    let typed = format!("{secret}\r");
    let answers = [("›", &*typed), ("Go ahead?", "y")];
    let screen = terminal::run(env, &args, &home.project(), &answers);
    let text = screen.text();
    assert!(text.contains("code 4"), "{text}");
    assert!(
        text.contains("DATABASE_URL") && text.contains("(hidden)"),
        "{text}"
    );
    assert!(!screen.raw().contains("hunter2"), "{}", screen.raw());
    assert_eq!(
        fs::read_to_string(log).unwrap().lines().next(),
        Some(secret)
    );
    // Whoever stops there sees what is typed afterwards.
    let answers = [("›", CTRL_C)];
    let screen = terminal::run(env, &args, &home.project(), &answers);
    let text = screen.text();
    assert!(text.contains("code 130"), "{text}");
    assert!(!text.contains("-echo "), "{text}");
}
