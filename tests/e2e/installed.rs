//! From a new project to one that hosts start, and back: what `install` writes into a host's file is what runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::combos::Combo;
use crate::support::{PROGRAM, Project, run};
use crate::trial;

pub fn trials() -> Vec<Trial> {
    let name = "installed::a_host_starts_what_was_added_and_forgets_it_again".to_owned();
    vec![trial(
        name,
        a_host_starts_what_was_added_and_forgets_it_again,
    )]
}

fn a_host_starts_what_was_added_and_forgets_it_again() -> Result<()> {
    let combo: Combo = [("starter", "minimal"), ("transport", "stdio")]
        .map(|(option, choice)| (option.to_owned(), choice.to_owned()))
        .into_iter()
        .collect();
    let project = Project::generate("installed", "a-server", &combo, &[])?;
    for args in [
        &["tool", "first"][..],
        &["tool", "second"],
        &["tool", "third"],
        &["resource", "town", "--uri", "town://all"],
        &["prompt", "plan"],
    ] {
        let mut command = Command::new(PROGRAM);
        command
            .arg("add")
            .args(args)
            .args(["--yes", "--quiet", "--project"]);
        run(command.arg(&project.dir))?;
    }
    let home = tempfile::tempdir()?;
    let hosts = ["--host", "cursor,codex,opencode", "--yes"];
    let installed = as_user(
        &project.dir,
        home.path(),
        &[&["install"], &hosts[..]].concat(),
    )?;
    ensure!(installed.contains("Next"), "{installed}");

    let text = fs::read_to_string(home.path().join(".cursor/mcp.json"))?;
    let file: Value = serde_json::from_str(&text)?;
    let entry = &file["mcpServers"]["a-server"];
    let program = entry["command"].as_str().context("a command")?;
    ensure!(
        Path::new(program).is_absolute() && Path::new(program).is_file(),
        "{text}"
    );
    let args = entry["args"].as_array().context("arguments")?;
    let args = args.iter().filter_map(Value::as_str);
    // In another folder than the project's, as a host may.
    let mut check = Command::new(PROGRAM);
    check.args(["check", "--json", "--", program]).args(args);
    let report = run(check.current_dir(home.path()))?;
    for name in ["first", "second", "third", "town", "plan"] {
        ensure!(report.contains(name), "`{name}` is not offered: {report}");
    }

    as_user(
        &project.dir,
        home.path(),
        &[&["uninstall"], &hosts[..]].concat(),
    )?;
    let left: Vec<_> = fs::read_dir(home.path())?.flatten().collect();
    ensure!(left.is_empty(), "`uninstall` left {left:?}");
    // It is as large as everything else together.
    fs::remove_dir_all(project.dir.join("target")).context("remove the release build")
}

/// Run the program with a home directory of its own, where only Rust's tools are the machine's.
fn as_user(project: &Path, home: &Path, args: &[&str]) -> Result<String> {
    let real = std::env::home_dir().context("a home directory")?;
    let tools = |name: &str, below: &str| {
        let given = std::env::var_os(name).map(PathBuf::from);
        given.unwrap_or_else(|| real.join(below))
    };
    let mut command = Command::new(PROGRAM);
    command
        .args(args)
        .current_dir(project)
        .env("CARGO_HOME", tools("CARGO_HOME", ".cargo"))
        .env("RUSTUP_HOME", tools("RUSTUP_HOME", ".rustup"));
    for name in ["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"] {
        command.env(name, home);
    }
    for name in ["XDG_CONFIG_HOME", "CODEX_HOME"] {
        command.env_remove(name);
    }
    run(&mut command)
}
