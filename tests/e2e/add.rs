//! What `add` writes into a project: formatted, lint-clean, passes its own tests, and seen by `check`, without another edit.
//! `remove` takes it out again to the last byte, but for what serves the first of a kind.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use create_mcp_server::template::{self, Template, manifest::Manifest};

use crate::environment::Environment;
use crate::projects;
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
        LONGEST,
        "--param",
        r#"LONGEST:string="123456789 123456789 123456789 123456789 123456789 123456789":Long"#,
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
        LONGEST,
        "--uri",
        "cities://{name}/map",
        "-d",
        HOSTILE,
    ],
    &["resource", "b", "--uri", "b://{uri}"],
    &["prompt", "c"],
    &[
        "prompt",
        LONGEST,
        "-d",
        HOSTILE,
        "--argument",
        r#"LONGEST="123456789 123456789 123456789 123456789 123456789 123456789":Long"#,
        "--argument",
        "style?",
    ],
];

/// Stands for a name that is as long as the language allows.
const LONGEST: &str = "LONGEST";

const HOSTILE: &str = r#"Say "hi" \ C:\new {{ x }} <% y %> ${{ z }} --> */ #{é} 🦀 'quoted' `code` & <b>bold</b> | \u{41} end."#;

/// Add to a project that passes, and take everything out again.
pub fn extends(language: &str, project: &Project, environment: &Environment) -> Result<()> {
    let templates = template::embedded()?;
    let mut templates = templates.iter().map(Template::manifest);
    let manifest = templates.find(|manifest| manifest.id == language);
    let manifest = manifest.context("a template")?;
    // The first resource and the first prompt bring what serves them, which stays.
    for first in [&ADDED[5], &ADDED[6]] {
        change(manifest, project, "add", first)?;
        change(manifest, project, "remove", &first[..2])?;
    }
    let before = files(&project.dir)?;
    for args in ADDED {
        change(manifest, project, "add", args)?;
    }
    projects::passes(language, project, environment)?;
    // Each session must find the new tool and get an answer from it.
    let call = r#"get-weather={"city": "Berlin"}"#;
    projects::check(language, project, environment, &["--call", call])?;
    for args in ADDED {
        change(manifest, project, "remove", &args[..2])?;
    }
    ensure!(files(&project.dir)? == before, "`remove` left something");
    Ok(())
}

fn change(manifest: &Manifest, project: &Project, verb: &str, args: &[&str]) -> Result<()> {
    let kinds = manifest.primitives.iter();
    let mut kinds = kinds.filter(|(kind, _)| kind.as_str() == args[0]);
    let (_, rules) = kinds.next().context("a kind of primitives")?;
    let long = |with: &str, length: usize| with.repeat(length)[..length - 1].to_owned() + "x";
    let name = long(&format!("{}-with-a-long-name-", args[0]), rules.max_name);
    let parameter = long("a_long_name_", manifest.parameters.max_name);
    let args = args.iter().map(|arg| match *arg {
        LONGEST => name.clone(),
        arg => arg.replace(LONGEST, &parameter),
    });
    let mut command = Command::new(PROGRAM);
    command.arg(verb).args(args);
    run(command
        .args(["--yes", "--quiet", "--project"])
        .arg(&project.dir))
    .map(drop)
}

/// What the tools of the languages leave in a project.
const MADE: [&str; 6] = [
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "Cargo.lock",
    "__pycache__",
    "uv.lock",
];

/// The project's own files: path → contents.
fn files(dir: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if MADE.contains(&&*name) {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.display().to_string(), fs::read(&path)?);
            }
        }
    }
    Ok(found)
}
