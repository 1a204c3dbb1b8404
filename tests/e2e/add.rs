//! What `add` writes into a project: formatted, lint-clean, passes its own tests, and seen by `check`, without another edit.
//! `remove` takes it out again to the last byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::environment::Environment;
use crate::support::{PROGRAM, Project, run};

/// One of each kind in each form, with texts that a person may type and names as long as they may be.
const ADDED: [&[&str]; 8] = [
    &[
        "tool",
        "get-weather",
        "--read-only",
        "-d",
        "Say what the weather is.",
        "--param",
        "city:string:Where",
        "--param",
        "days:integer=12345",
    ],
    &[
        "tool",
        "a",
        "--destructive",
        "-d",
        HOSTILE,
        "--param",
        "on:boolean=true",
        "--param",
        "off:boolean?",
        "--param",
        "rate:number=1.5",
    ],
    &[
        "tool",
        "the-tool-with-the-longest-name-that-is-possible",
        "--param",
        "a_parameter_with_the_longest_name_possib:string=123456789 123456789 123456789 123456789 123456789 123456789:Long",
        "--param",
        "all:string[]:Each of them",
        "--param",
        "some:integer[]?",
    ],
    &[
        "resource",
        "app-config",
        "--uri",
        "config://app",
        "-d",
        HOSTILE,
    ],
    &[
        "resource",
        "this-name-has-28-characters",
        "--uri",
        "cities://{name}/map",
        "-d",
        HOSTILE,
    ],
    &["resource", "b", "--uri", "b://{uri}"],
    &["prompt", "c"],
    &[
        "prompt",
        "a-prompt-with-the-longest-name-that-is-possible",
        "-d",
        HOSTILE,
        "--argument",
        "an_argument_with_the_longest_name_possib=123456789 123456789 123456789 123456789 123456789 123456789:Long",
        "--argument",
        "style?",
    ],
];

const HOSTILE: &str = r#"Say "hi" \ C:\new {{ x }} <% y %> ${{ z }} --> */ #{é} 🦀 'quoted' `code` & <b>bold</b> | \u{41} end."#;

/// Add to a project that passes, and take everything out again.
pub fn extends(project: &Project, environment: &Environment) -> Result<()> {
    let before = files(&project.dir)?;
    for args in ADDED {
        change(project, "add", args)?;
    }
    project.cargo(&["fmt", "--check"])?;
    project.cargo(&["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"])?;
    let mut tests = Command::new("cargo");
    tests
        .args(["test", "--quiet"])
        .envs(environment.env.clone());
    project.command(&mut tests)?;
    // Each session must find the new tool and get an answer from it.
    run(Command::new(PROGRAM)
        .args([
            "check",
            "--quiet",
            "--call",
            r#"get-weather={"city": "Berlin"}"#,
        ])
        .args(environment.options())
        .arg(&project.dir))?;
    for args in ADDED {
        change(project, "remove", &args[..2])?;
    }
    ensure!(files(&project.dir)? == before, "`remove` left something");
    Ok(())
}

fn change(project: &Project, verb: &str, args: &[&str]) -> Result<()> {
    let mut command = Command::new(PROGRAM);
    command.arg(verb).args(args);
    run(command
        .args(["--yes", "--quiet", "--project"])
        .arg(&project.dir))
    .map(drop)
}

/// The project's own files: path → contents.
fn files(dir: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.file_name().is_none_or(|name| name != "Cargo.lock") {
                found.insert(path.display().to_string(), fs::read(&path)?);
            }
        }
    }
    Ok(found)
}
