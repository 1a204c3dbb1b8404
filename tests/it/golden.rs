//! Whole generated projects, committed as they are: what changes in a template shows as a diff of its output.
//!
//! `UPDATE_GOLDEN=1 cargo test golden` writes them anew; add them with `git add -f`, because a golden's own
//! `.gitignore` applies inside this repository too.

use std::{collections::BTreeMap, path::PathBuf, process::Command};

use crate::support::{sandbox::Sandbox, tree};

/// Name of the golden, and the flags that make it.
const CASES: [(&str, &[&str]); 6] = [
    ("rust-notes-both", &[]),
    ("python-notes-both", &["--language=python"]),
    (
        "python-minimal-http",
        &[
            "--language=python",
            "--name=Team_Echo",
            "--starter=minimal",
            "--transport=http",
            "--auth=bearer",
            "--license=apache-2.0",
            "--container=docker",
            "--author=Ada Lovelace",
            "--server-version=1.2.0-beta.1",
            "--description=Says \"{{ what }}\" it's told \\ `exactly` <b> 🦀",
        ],
    ),
    (
        "rust-minimal-stdio",
        &[
            "--starter=minimal",
            "--transport=stdio",
            "--license=none",
            "--ci=none",
            "--description=Says \"{{ what }}\" it's told \\ `exactly` <b> 🦀",
        ],
    ),
    (
        "rust-minimal-both",
        &[
            "--starter=minimal",
            "--auth=oauth",
            "--telemetry=prometheus",
            "--ci=none",
        ],
    ),
    (
        "rust-notes-http",
        &[
            "--name=Team_Notes",
            "--transport=http",
            "--auth=bearer",
            "--license=mit-or-apache-2.0",
            "--container=docker",
            "--author=Ada Lovelace",
            "--server-version=1.2.0-beta.1",
        ],
    ),
];

fn directory(case: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "golden", case]
        .iter()
        .collect()
}

fn generated(case: &str, flags: &[&str]) -> BTreeMap<String, String> {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&[&["my-server", "--yes", "--no-git"], flags].concat());
    assert_eq!(run.code, Some(0), "{case}: {}", run.transcript());
    tree::texts(&sandbox.path("my-server"))
}

#[test]
fn generated_projects_are_as_committed() {
    for (case, flags) in CASES {
        let generated = generated(case, flags);
        let directory = directory(case);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            if directory.exists() {
                std::fs::remove_dir_all(&directory).expect("remove the old golden");
            }
            tree::write(&directory, &generated);
            continue;
        }
        let golden = tree::texts(&directory);
        let paths = |tree: &BTreeMap<String, String>| tree.keys().cloned().collect::<Vec<_>>();
        assert_eq!(paths(&golden), paths(&generated), "{case}: files");
        for (path, text) in &golden {
            assert!(
                *text == generated[path],
                "{case}/{path} differs; if that is meant: UPDATE_GOLDEN=1 cargo test golden\n{}",
                diffy::create_patch(text, &generated[path])
            );
        }
    }
}

/// The ignore files inside goldens must not hide golden files from git.
#[test]
fn every_golden_file_is_committed() {
    let listed = Command::new("git")
        .args(["ls-files", "--", "tests/golden"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("git runs");
    let listed = String::from_utf8(listed.stdout).expect("paths are text");
    for (case, _) in CASES {
        for path in tree::texts(&directory(case)).keys() {
            let path = format!("tests/golden/{case}/{path}");
            assert!(
                listed.lines().any(|line| line == path),
                "`{path}` is not in git: git add -f {path}"
            );
        }
    }
}
