//! From a new project to one that hosts start, and back: what `install` writes into a host's file is what runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use create_mcp_server::template;
use libtest_mimic::Trial;
use serde_json::Value;

use crate::combos::Combo;
use crate::python;
use crate::support::{PROGRAM, Project, generated, run};
use crate::trial;

pub fn trials() -> Vec<Trial> {
    let templates = template::embedded().expect("the embedded templates load");
    let languages = templates.iter().map(|it| it.manifest().id.clone());
    languages
        .map(|language| {
            let name = format!(
                "installed::a_host_starts_what_was_added_to_{language}_and_forgets_it_again"
            );
            trial(name, move || {
                a_host_starts_what_was_added_and_forgets_it_again(&language)
            })
        })
        .collect()
}

fn a_host_starts_what_was_added_and_forgets_it_again(language: &str) -> Result<()> {
    let combo: Combo = [("starter", "minimal"), ("transport", "stdio")]
        .map(|(option, choice)| (option.to_owned(), choice.to_owned()))
        .into_iter()
        .collect();
    let language = ["--language", language];
    let project = Project::generate("installed", "a-server", &combo, &language)?;
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
    let args = entry["args"].as_array().context("arguments")?;
    let args: Vec<&str> = args.iter().filter_map(Value::as_str).collect();
    // What is run is an absolute path of what was built, wherever the host runs it: cargo builds all projects in one place here.
    let named = [&[program], &args[..]].concat().into_iter().map(Path::new);
    let mut inside = named.filter(|path| path.starts_with(generated()));
    ensure!(inside.any(Path::exists), "{text}");
    let check = [&["check", "--json", "--", program], &args[..]].concat();
    let report = as_user(home.path(), home.path(), &check)?;
    for name in ["first", "second", "third"] {
        ensure!(report.contains(name), "`{name}` is not offered: {report}");
    }
    for named in [["--resource", "town://all"], ["--prompt", "plan"]] {
        let call = [&["call"], &named[..], &["--", program], &args[..]].concat();
        as_user(home.path(), home.path(), &call)?;
    }

    as_user(
        &project.dir,
        home.path(),
        &[&["uninstall"], &hosts[..]].concat(),
    )?;
    for made in [
        ".cursor/mcp.json",
        ".codex/config.toml",
        ".config/opencode/opencode.json",
    ] {
        ensure!(!home.path().join(made).exists(), "`uninstall` left {made}");
    }
    // With its build it is as large as everything else together.
    fs::remove_dir_all(&project.dir).context("remove the project")
}

/// Run the program with a home directory of its own, where only the languages' tools are the machine's.
fn as_user(dir: &Path, home: &Path, args: &[&str]) -> Result<String> {
    let real = std::env::home_dir().context("a home directory")?;
    let tools = |name: &str, below: &str| {
        let given = std::env::var_os(name).map(PathBuf::from);
        given.unwrap_or_else(|| real.join(below))
    };
    let mut command = python::with_tools(dir)?;
    command
        .args(args)
        // It is where other tests have their environment, and no host would have it.
        .env_remove("UV_PROJECT_ENVIRONMENT")
        .env("CARGO_HOME", tools("CARGO_HOME", ".cargo"))
        .env("RUSTUP_HOME", tools("RUSTUP_HOME", ".rustup"))
        .env(
            "UV_PYTHON_INSTALL_DIR",
            tools("UV_PYTHON_INSTALL_DIR", ".local/share/uv/python"),
        );
    for name in ["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"] {
        command.env(name, home);
    }
    for name in ["XDG_CONFIG_HOME", "CODEX_HOME"] {
        command.env_remove(name);
    }
    run(&mut command)
}
