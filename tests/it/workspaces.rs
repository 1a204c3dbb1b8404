//! Projects inside a workspace of Cargo or uv, and with one put around them later: asked of the tools themselves.

use std::{fs, path::Path, process::Command};

use crate::support::sandbox::{Run, Sandbox};

const LOOSE: &str = "[package]\nname = \"other\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

/// The ids of the members that Cargo sees from `directory`, and what it warns of.
fn members(directory: &Path) -> Result<(Vec<String>, String), String> {
    let output = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(directory)
        .output()
        .expect("cargo");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(errors);
    }
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = value["packages"].as_array().expect("packages").iter();
    let names = packages.map(|it| it["name"].as_str().expect("a name").to_owned());
    Ok((names.collect(), errors))
}

fn new(sandbox: &Sandbox, path: &str, more: &[&str]) -> Run {
    let run = sandbox.run(&[&[path, "-y", "--no-git", "--starter=minimal"], more].concat());
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    run
}

/// A workspace of Cargo with a package, and `manifest` after its table.
fn workspace(manifest: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("crates/other/src")).expect("create directories");
    sandbox.write("crates/other/Cargo.toml", LOOSE);
    sandbox.write("crates/other/src/lib.rs", "");
    sandbox.write(
        "Cargo.toml",
        &format!("[workspace]\nresolver = \"3\"\n{manifest}"),
    );
    sandbox
}

fn answers(sandbox: &Sandbox, project: &str) -> String {
    let path = sandbox.path(project).join(".create-mcp-server.toml");
    fs::read_to_string(path).expect("an answers file")
}

#[test]
fn a_project_that_a_cargo_workspace_lists_is_a_member() {
    let sandbox = workspace("members = [\"crates/*\"]\n");
    let manifest = fs::read_to_string(sandbox.path("Cargo.toml")).expect("readable");
    let run = new(&sandbox, "crates/my-server", &[]);
    assert!(
        run.stderr.contains("a member of the workspace in [DIR]"),
        "{}",
        run.stderr
    );
    assert_eq!(
        fs::read_to_string(sandbox.path("Cargo.toml")).expect("readable"),
        manifest
    );
    assert!(answers(&sandbox, "crates/my-server").contains("workspace = \"member\"\n"));
    for directory in ["", "crates/my-server", "crates/other"] {
        let (names, warnings) = members(&sandbox.path(directory)).expect("cargo agrees");
        assert_eq!(names, ["my-server", "other"], "{directory}");
        assert!(!warnings.contains("warning"), "{warnings}");
    }
    // What it was given there does not go along to a place of its own.
    let answers = sandbox.path("crates/my-server/.create-mcp-server.toml");
    let alone = Sandbox::new();
    new(
        &alone,
        "my-server",
        &["--answers", &answers.display().to_string()],
    );
    assert_eq!(
        members(&alone.path("my-server")).expect("a project").0,
        ["my-server"]
    );
}

#[test]
fn a_project_that_a_cargo_workspace_does_not_list_breaks_nothing() {
    for (manifest, table) in [
        ("members = [\"crates/other\"]\n", true),
        (
            "members = [\"crates/*\"]\nexclude = [\"crates/my-server\"]\n",
            false,
        ),
    ] {
        let sandbox = workspace(manifest);
        let run = new(&sandbox, "crates/my-server", &[]);
        assert_eq!(
            run.stderr.contains("it stands alone"),
            table,
            "{}",
            run.stderr
        );
        for (directory, expected) in [
            ("", "other"),
            ("crates/my-server", "my-server"),
            ("crates/other", "other"),
        ] {
            let (names, warnings) = members(&sandbox.path(directory)).expect("cargo agrees");
            assert_eq!(names, [expected], "{directory}");
            assert!(!warnings.contains("warning"), "{warnings}");
        }
        let own = fs::read_to_string(sandbox.path("crates/my-server/Cargo.toml"));
        assert_eq!(own.expect("readable").contains("[workspace]"), table);
    }
}

#[test]
fn a_cargo_workspace_can_be_put_around_a_project_later() {
    let sandbox = Sandbox::new();
    new(&sandbox, "my-server", &[]);
    assert_eq!(
        members(&sandbox.path("my-server")).expect("alone").0,
        ["my-server"]
    );
    sandbox.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\n",
    );
    for directory in ["", "my-server"] {
        let (names, _) = members(&sandbox.path(directory)).expect("cargo agrees");
        assert_eq!(names, ["my-server"], "{directory}");
    }
}

#[test]
fn a_broken_manifest_above_is_named_and_nothing_is_written() {
    let sandbox = workspace("members = [\"crates/*\"\n");
    let run = sandbox.run(&["crates/my-server", "-y", "--no-git"]);
    assert_eq!(run.code, Some(2), "{}", run.transcript());
    assert!(run.stderr.contains("[DIR]/Cargo.toml"), "{}", run.stderr);
    assert!(!sandbox.path("crates/my-server").exists());
}

#[test]
fn a_python_project_is_a_member_or_alone_as_uv_sees_it() {
    for (list, member) in [
        ("members = [\"packages/*\"]", true),
        ("members = [\"other\"]", false),
        (
            "members = [\"packages/*\"]\nexclude = [\"packages/my-server\"]",
            false,
        ),
    ] {
        let sandbox = Sandbox::new();
        fs::create_dir_all(sandbox.path("packages")).expect("create directories");
        fs::create_dir_all(sandbox.path("other")).expect("create directories");
        let project = "[project]\nname = \"NAME\"\nversion = \"0\"\nrequires-python = \">=3.11\"\n";
        let root = format!(
            "{}\n[tool.uv.workspace]\n{list}\n",
            project.replace("NAME", "root")
        );
        sandbox.write("pyproject.toml", &root);
        sandbox.write("other/pyproject.toml", &project.replace("NAME", "other"));
        let run = new(&sandbox, "packages/my-server", &["--language=python"]);
        assert_eq!(
            run.stderr.contains("a member of the workspace"),
            member,
            "{}",
            run.stderr
        );
        assert_eq!(
            fs::read_to_string(sandbox.path("pyproject.toml")).expect("readable"),
            root
        );
        let own = sandbox.path("packages/my-server/pyproject.toml");
        assert!(
            !fs::read_to_string(own)
                .expect("readable")
                .contains("workspace")
        );
        let answers = answers(&sandbox, "packages/my-server");
        assert_eq!(
            answers.contains("workspace = \"member\"\n"),
            member,
            "{answers}"
        );
    }
}
