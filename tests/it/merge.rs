//! Branches that each ran `add` or `remove`, merged by git: the record never conflicts, and a conflict elsewhere is named.

use std::{fs, path::Path, process::Command};

use create_mcp_server::{owner::Trust, project::Project};

use crate::support::sandbox::{Run, Sandbox};

const PROJECT: &str = "my-server";

type Commands<'a> = &'a [&'a [&'a str]];

fn git(directory: &Path, args: &[&str]) -> bool {
    let output = Command::new("git")
        .args(["-c", "user.name=x", "-c", "user.email=x@example.org"])
        .args(["-c", "merge.conflictStyle=diff3"])
        .args(args)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output();
    output.expect("git").status.success()
}

fn run(sandbox: &Sandbox, args: &[&str]) -> Run {
    let mut command = sandbox.command(args);
    command.current_dir(sandbox.path(PROJECT));
    sandbox.finish(&command.output().expect("the program runs"))
}

fn done(sandbox: &Sandbox, args: &[&str]) -> Run {
    let run = run(sandbox, args);
    assert_eq!(run.code, Some(0), "{args:?}: {}", run.transcript());
    run
}

fn commit(root: &Path, message: &str) {
    assert!(git(root, &["add", "-A"]));
    assert!(git(root, &["commit", "-qm", message]));
}

/// A repository in which `ours` and `theirs` each ran their commands, and `theirs` is merged into `ours`.
fn merged(language: &str, ours: Commands<'_>, theirs: Commands<'_>) -> Sandbox {
    let sandbox = Sandbox::new();
    let args = [
        "new",
        PROJECT,
        "-y",
        "--no-git",
        "--starter=minimal",
        "--language",
        language,
    ];
    assert_eq!(sandbox.run(&args).code, Some(0));
    let root = sandbox.path(PROJECT);
    assert!(git(&root, &["init", "-q", "-b", "ours"]));
    commit(&root, "start");
    done(&sandbox, &["add", "prompt", "between", "-d", "B", "-y"]);
    commit(&root, "common");
    for (branch, commands) in [("theirs", theirs), ("ours", ours)] {
        if branch == "theirs" {
            assert!(git(&root, &["checkout", "-qb", branch]));
        } else {
            assert!(git(&root, &["checkout", "-q", branch]));
        }
        for args in commands {
            done(&sandbox, args);
            commit(&root, "work");
        }
    }
    git(&root, &["merge", "-q", "--no-edit", "theirs"]);
    sandbox
}

/// Paths that git could not merge.
fn unmerged(root: &Path) -> Vec<String> {
    let output = Command::new("git")
        .args(["diff", "--name-only", "--diff-filter=U"])
        .current_dir(root)
        .output()
        .expect("git");
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_record_of_two_branches_merges_whatever_each_of_them_added() {
    let tool = |name| ["add", "tool", name, "-d", "T", "-y"];
    let (one, two, three) = (tool("one"), tool("two"), tool("three"));
    let resource = ["add", "resource", "app", "--uri", "config://app", "-y"];
    let gone = ["remove", "prompt", "between", "-y"];
    let cases: [(Commands<'_>, Commands<'_>, &[&str]); 5] = [
        (&[&one], &[&two], &["between", "echo", "one", "two"]),
        (&[&one], &[&one], &["between", "echo", "one"]),
        (
            &[&one, &three],
            &[&resource, &two],
            &["between", "app", "echo", "one", "three", "two"],
        ),
        (&[&gone], &[&one], &["echo", "one"]),
        (&[&gone, &two], &[&one], &["echo", "one", "two"]),
    ];
    for language in ["rust", "python"] {
        for (ours, theirs, expected) in cases {
            let sandbox = merged(language, ours, theirs);
            let root = sandbox.path(PROJECT);
            let conflicts = unmerged(&root);
            let of_record = |path: &&String| path.starts_with(".create-mcp-server");
            assert_eq!(
                conflicts.iter().find(of_record),
                None,
                "{ours:?} {theirs:?}"
            );
            let project = Project::find(&root, &Trust::to_read()).expect("its record is whole");
            let names: Vec<_> = project.primitives().iter().map(|it| &*it.name).collect();
            assert_eq!(names, expected);
            // Lines of sources that were added in one place are for their owner to keep, both of them.
            for path in conflicts {
                let refused = run(&sandbox, &["add", "tool", "last", "-d", "L", "-y"]);
                assert_eq!(refused.code, Some(3), "{path}: {}", refused.transcript());
                assert!(
                    refused.stderr.contains("is a Git conflict marker"),
                    "{}",
                    refused.stderr
                );
                let file = root.join(&path);
                let text = fs::read_to_string(&file).expect("readable");
                let mut base = false;
                let lines = text.lines().filter(|line| {
                    base = line.starts_with("|||||||") || base && !line.starts_with("=======");
                    !base
                        && !["<<<<<<<", "=======", ">>>>>>>"]
                            .iter()
                            .any(|it| line.starts_with(it))
                });
                let kept = lines.collect::<Vec<_>>().join("\n") + "\n";
                fs::write(&file, kept).expect("writable");
            }
            done(&sandbox, &["add", "tool", "last", "-d", "L", "-y"]);
            for args in [ours, theirs].concat().iter().filter(|it| it[0] == "add") {
                let again = done(&sandbox, args);
                assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);
            }
        }
    }
}

#[test]
fn adding_leaves_the_answers_file_as_it_was() {
    let sandbox = merged("rust", &[&["add", "tool", "one", "-d", "T", "-y"]], &[]);
    let root = sandbox.path(PROJECT);
    let text = fs::read_to_string(root.join(".create-mcp-server.toml")).expect("readable");
    assert!(text.contains("\n[answers.options]\n"), "{text}");
    for path in ["README.md", "src/tools/mod.rs", "src/prompts/mod.rs"] {
        assert!(
            !text.contains(path),
            "files with anchors have no hash:\n{text}"
        );
    }
    assert!(text.contains("\nLICENSE = "), "{text}");
    let log = Command::new("git")
        .args(["log", "--oneline", "--", ".create-mcp-server.toml"])
        .current_dir(&root)
        .output()
        .expect("git");
    assert_eq!(String::from_utf8_lossy(&log.stdout).lines().count(), 1);
}

#[test]
fn a_record_that_git_could_not_merge_says_what_to_do() {
    let other = ["add", "tool", "one", "-d", "Other", "-y"];
    let sandbox = merged(
        "rust",
        &[&["add", "tool", "one", "-d", "T", "-y"]],
        &[&other],
    );
    let refused = run(&sandbox, &["add", "tool", "two", "-y"]);
    assert_eq!(refused.code, Some(3), "{}", refused.transcript());
    insta::assert_snapshot!("add_conflict_in_record", refused.transcript());
    let root = sandbox.path(PROJECT);
    assert!(git(&root, &["checkout", "--ours", "."]));
    done(&sandbox, &["add", "tool", "two", "-d", "T", "-y"]);

    let answers = root.join(".create-mcp-server.toml");
    let text = fs::read_to_string(&answers).expect("readable");
    let text = text.replace(
        "[answers.options]\n",
        "<<<<<<< HEAD\n[answers.options]\n=======\n[answers.options]\n>>>>>>> theirs\n",
    );
    fs::write(&answers, text).expect("writable");
    for args in [&["add", "tool", "three", "-y"][..], &["check"]] {
        let refused = run(&sandbox, args);
        assert_eq!(refused.code, Some(3), "{}", refused.transcript());
        assert!(
            refused.stderr.contains("git checkout --ours"),
            "{}",
            refused.stderr
        );
    }
}

#[test]
fn an_identical_file_is_adopted_and_another_is_not() {
    let sandbox = merged("python", &[&["add", "tool", "one", "-d", "T", "-y"]], &[]);
    let root = sandbox.path(PROJECT);
    let record = root.join(".create-mcp-server/tool-one.toml");
    let recorded = fs::read_to_string(&record).expect("a record");
    // As after a merge that kept the files and lost the record.
    fs::remove_file(&record).expect("remove it");
    done(&sandbox, &["add", "tool", "one", "-d", "T", "-y"]);
    assert_eq!(fs::read_to_string(&record).expect("a record"), recorded);
    fs::remove_file(&record).expect("remove it");
    let refused = run(&sandbox, &["add", "tool", "one", "-d", "Other", "-y"]);
    assert_eq!(refused.code, Some(2), "{}", refused.transcript());
    assert!(
        refused.stderr.contains("already exists"),
        "{}",
        refused.stderr
    );
    assert!(!record.exists());
}
