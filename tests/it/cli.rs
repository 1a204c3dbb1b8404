//! The program as it is called: which verb a command line means, help, errors, exit codes, output for machines.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{sandbox::Sandbox, tree};

#[test]
fn help_is_interface() {
    let sandbox = Sandbox::new();
    for (name, args) in [
        ("help", &["--help"][..]),
        ("help_new", &["new", "--help"]),
        ("help_check", &["check", "--help"]),
        ("help_call", &["call", "--help"]),
        ("help_add", &["add", "--help"]),
        ("help_add_tool", &["add", "tool", "--help"]),
        ("help_remove", &["remove", "--help"]),
        ("help_list", &["list", "--help"]),
        ("help_completions", &["completions", "--help"]),
    ] {
        assert_snapshot!(name, sandbox.run(args).transcript());
    }
    // On a machine with one host.
    fs::create_dir(sandbox.path(".cursor")).expect("create a directory");
    let mut list = sandbox.command(&["list"]);
    for place in ["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"] {
        list.env(place, sandbox.path(""));
    }
    list.env("PATH", "").env_remove("CODEX_HOME");
    list.env_remove("XDG_CONFIG_HOME")
        .env_remove("CLAUDE_CONFIG_DIR");
    let list = sandbox.finish(&list.output().expect("the program runs"));
    assert_snapshot!("list", list.transcript());
}

#[test]
fn errors_name_the_fix() {
    let sandbox = Sandbox::new();
    sandbox.write("file", "");
    fs::create_dir(sandbox.path("full")).expect("create a directory");
    sandbox.write("full/precious.txt", "mine");
    for (name, args) in [
        ("bad_name", &["9lives", "-y"][..]),
        ("reserved_name", &["async", "-y"]),
        ("device_name", &["con", "-y"]),
        ("device_directory", &["nul.txt", "--name", "fine", "-y"]),
        ("device_parent", &["aux/fine-server", "-y"]),
        ("bad_description", &["x-server", "-d", "two\nlines", "-y"]),
        (
            "bad_version",
            &["x-server", "--server-version", "1.x", "-y"],
        ),
        ("bad_choice", &["x-server", "--starter", "note", "-y"]),
        ("far_choice", &["x-server", "--starter", "todo"]),
        ("no_value", &["x-server", "--license"]),
        ("unknown_flag", &["x-server", "--strater", "notes"]),
        ("far_flag", &["x-server", "--colour-scheme"]),
        ("unexpected_word", &["list", "extra"]),
        ("unknown_kind", &["add", "toool", "x"]),
        ("missing_kind", &["add"]),
        ("missing_arguments", &["remove"]),
        ("flags_that_exclude_each_other", &["x-server", "-q", "-v"]),
        ("unwanted_value", &["x-server", "--git=1"]),
        ("full_directory", &["full", "-y"]),
        ("file_in_the_way", &["file", "-y"]),
        ("file_as_parent", &["file/x-server", "-y"]),
        ("nobody_to_ask", &["x-server"]),
        ("nothing_given", &["--yes"]),
        ("no_answers_file", &["--answers", "missing.toml", "-y"]),
        (
            "not_an_answers_file",
            &["--answers", "full/precious.txt", "-y"],
        ),
        ("almost_a_verb", &["lst"]),
        ("path_and_verb", &["x-server", "list"]),
        ("json_error", &["9lives", "-y", "--json"]),
        ("json_usage_error", &["x-server", "--bogus", "--json"]),
    ] {
        let before = tree::read(&sandbox.path(""));
        let run = sandbox.run(args);
        assert_eq!(run.code, Some(2), "{name}: {}", run.transcript());
        assert_eq!(run.stdout, "", "{name}");
        assert!(!run.stderr.contains("see --help"), "{}", run.stderr);
        assert_snapshot!(name, run.stderr);
        assert_eq!(
            tree::read(&sandbox.path("")),
            before,
            "{name} wrote something"
        );
    }
}

#[test]
fn the_first_word_decides() {
    let sandbox = Sandbox::new();
    for args in [
        &["--json", "list"][..],
        &["list", "--json"],
        &["--color", "never", "list", "--json"],
    ] {
        let run = sandbox.run(args);
        let value: Value = serde_json::from_str(&run.stdout).expect("JSON");
        assert!(value["languages"].is_array(), "{args:?}");
    }
    for (number, args) in [
        &["list-server", "-y"][..],
        &["new", "list", "-y"],
        &["-y", "--starter", "minimal", "new", "completions"],
        &["./lst", "-y"],
    ]
    .iter()
    .enumerate()
    {
        let sandbox = Sandbox::new();
        let run = sandbox.run(args);
        assert_eq!(run.code, Some(0), "{number}: {}", run.transcript());
        let made = ["list-server", "list", "completions", "lst"][number];
        assert!(
            sandbox.path(made).join(".create-mcp-server.toml").is_file(),
            "{args:?}"
        );
    }
}

#[test]
fn a_dry_run_shows_the_plan_and_writes_nothing() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["deep/er/my-server", "--dry-run"]);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    assert!(run.stdout.contains("src/main.rs"), "{}", run.stdout);
    let run = sandbox.run(&["my-server", "--dry-run", "--json"]);
    let value: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let readme = value["files"]
        .as_array()
        .expect("files")
        .iter()
        .find(|file| file["path"] == "README.md");
    assert!(
        readme.expect("a README")["contents"]
            .as_str()
            .expect("text")
            .starts_with("# my-server\n")
    );
    assert!(tree::read(&sandbox.path("")).is_empty());
}

#[test]
fn machines_get_the_result_as_one_object() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["My_Server", "-y", "--json"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let value: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(
        (&value["name"], &value["package"]),
        (&"My_Server".into(), &"my-server".into())
    );
    let files: Vec<_> = value["files"]
        .as_array()
        .expect("files")
        .iter()
        .map(|f| f.as_str().expect("a path"))
        .collect();
    let written: Vec<_> = tree::texts(&sandbox.path("My_Server"))
        .into_keys()
        .filter(|path| !path.starts_with(".git/"))
        .collect();
    assert_eq!(files, written);
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let sandbox = Sandbox::new();
    let full = fs::File::create("/dev/full").expect("a device that is always full");
    let output = std::process::Command::new(assert_cmd::cargo::cargo_bin("create-mcp-server"))
        .args(["list", "--json"])
        .stdout(full)
        .output()
        .expect("it runs");
    let run = sandbox.finish(&output);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert!(run.stderr.contains("to stdout"), "{}", run.stderr);
}

#[test]
fn quiet_prints_nothing_and_verbose_excludes_it() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["my-server", "-y", "-q"]);
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (Some(0), "", "")
    );
    assert_eq!(sandbox.run(&["x-server", "-y", "-q", "-v"]).code, Some(2));
}

#[test]
fn the_current_directory_may_hold_a_repository_and_nothing_else() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("here/.git")).expect("create directories");
    let run = sandbox.finish(
        &sandbox
            .command(&[".", "-y"])
            .current_dir(sandbox.path("here"))
            .output()
            .expect("runs"),
    );
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    assert!(sandbox.path("here/src/main.rs").is_file());
    let readme = fs::read_to_string(sandbox.path("here/README.md")).expect("a README");
    assert!(readme.starts_with("# here\n"));
    let again = sandbox.finish(
        &sandbox
            .command(&[".", "-y"])
            .current_dir(sandbox.path("here"))
            .output()
            .expect("runs"),
    );
    assert_eq!(again.code, Some(2), "{}", again.transcript());
}

#[test]
fn the_same_answers_give_the_same_bytes() {
    let sandbox = Sandbox::new();
    let flags = [
        "-d",
        "It's \"quoted\" \\ $HOME `x` é🦀",
        "--author",
        "A <a@b.c>",
        "-t",
        "http",
        "--license",
        "mit-or-apache-2.0",
        "--no-git",
        "-y",
    ];
    let first = sandbox.run(&[&["alpha"][..], &flags].concat());
    assert_eq!(first.code, Some(0), "{}", first.transcript());
    let replay = sandbox.run(&[
        "another",
        "--answers",
        "alpha/.create-mcp-server.toml",
        "--no-git",
        "-y",
    ]);
    assert_eq!(replay.code, Some(0), "{}", replay.transcript());
    assert_eq!(
        tree::texts(&sandbox.path("alpha")),
        tree::texts(&sandbox.path("another"))
    );
    let changed = sandbox.run(&[
        "changed",
        "--answers",
        "alpha/.create-mcp-server.toml",
        "--starter",
        "minimal",
        "--no-git",
        "-y",
    ]);
    assert_eq!(changed.code, Some(0), "{}", changed.transcript());
    assert_ne!(
        tree::texts(&sandbox.path("alpha")),
        tree::texts(&sandbox.path("changed"))
    );
}

#[test]
fn nothing_of_the_authors_machine_is_in_the_project() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["my-server", "-y", "--no-git"]);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    let here = sandbox.path("").display().to_string();
    let home = std::env::var("HOME").unwrap_or_else(|_| "/home/".to_owned());
    for (path, text) in tree::texts(&sandbox.path("my-server")) {
        for foreign in [
            here.trim_end_matches('/'),
            &home,
            env!("CARGO_MANIFEST_DIR"),
        ] {
            assert!(!text.contains(foreign), "{path} has {foreign}");
        }
    }
}

#[test]
fn git_is_made_unless_unwanted_or_there() {
    let sandbox = Sandbox::new();
    sandbox.run(&["outer", "-y"]);
    let head = fs::read_to_string(sandbox.path("outer/.git/HEAD")).expect("a repository");
    assert_eq!(head, "ref: refs/heads/main\n");
    sandbox.run(&["outer/inner", "-y"]);
    assert!(!sandbox.path("outer/inner/.git").exists());
    sandbox.run(&["without", "-y", "--no-git"]);
    assert!(!sandbox.path("without/.git").exists());
}

#[test]
fn the_repository_of_a_git_hook_is_not_that_of_the_project() {
    let sandbox = Sandbox::new();
    sandbox.run(&["outer", "-y"]);
    let before = tree::read(&sandbox.path("outer"));
    let mut command = sandbox.command(&["inner", "-y"]);
    command.env("GIT_DIR", sandbox.path("outer/.git"));
    let run = sandbox.finish(&command.output().expect("runs"));
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    assert!(sandbox.path("inner/.git/HEAD").is_file());
    assert_eq!(tree::read(&sandbox.path("outer")), before);
}

#[test]
fn a_missing_tool_keeps_the_project_and_says_what_to_install() {
    let sandbox = Sandbox::new();
    let empty = sandbox.path("empty-path");
    fs::create_dir(&empty).expect("create a directory");
    let run = sandbox.finish(
        &sandbox
            .command(&["alpha", "-y"])
            .env("PATH", &empty)
            .output()
            .expect("runs"),
    );
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    assert!(
        run.stderr.contains("`git` is not installed"),
        "{}",
        run.stderr
    );
    let run = sandbox.finish(
        &sandbox
            .command(&["another", "-y", "--no-git", "--build"])
            .env("PATH", &empty)
            .output()
            .expect("runs"),
    );
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert_snapshot!("missing_cargo", run.stderr);
    assert!(sandbox.path("another/src/main.rs").is_file());
}

#[cfg(unix)]
#[test]
fn links_and_unwritable_directories_are_refused() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("elsewhere")).expect("create a directory");
    std::os::unix::fs::symlink(sandbox.path("elsewhere"), sandbox.path("a-link"))
        .expect("create a link");
    std::os::unix::fs::symlink(sandbox.path("nowhere"), sandbox.path("dangling"))
        .expect("create a link");
    for target in ["a-link", "dangling"] {
        let run = sandbox.run(&[target, "-y"]);
        assert_eq!(run.code, Some(2), "{}", run.transcript());
        assert!(run.stderr.contains("symbolic link"), "{}", run.stderr);
    }
    assert!(tree::read(&sandbox.path("elsewhere")).is_empty() && !sandbox.path("nowhere").exists());
}

#[test]
fn list_shows_the_project_it_is_run_in() {
    let sandbox = Sandbox::new();
    let made = sandbox.run(&["new", ".", "--name", "x-server", "-y", "--no-git", "-q"]);
    assert_eq!(made.code, Some(0), "{}", made.transcript());
    let project = |args: &[&str]| {
        let run = sandbox.run(args);
        assert_eq!(run.code, Some(0), "{}", run.transcript());
        let (_, project) = run.stdout.split_once("Project ").expect("a project");
        project.to_owned()
    };
    assert_snapshot!("list_in_a_project", project(&["list"]));
    sandbox.write("Makefile", "edited\n");
    let edited = project(&["list"]);
    assert!(
        edited.contains("have changed since they were created"),
        "{edited}"
    );
    let run = sandbox.run(&["list", "--json"]);
    let value: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let value = &value["project"];
    assert_eq!(value["drifted_files"], 1, "{value}");
    assert_eq!(value["answers"]["name"], "x-server", "{value}");
    assert!(value["primitives"]["tools"].is_array(), "{value}");
    sandbox.write(".create-mcp-server.toml", "<<<<<<< ours\n");
    let broken = sandbox.run(&["list"]);
    assert_eq!(broken.code, Some(0), "{}", broken.transcript());
    assert!(
        broken.stderr.contains("conflict marker"),
        "{}",
        broken.stderr
    );
}

#[test]
fn a_script_for_the_archived_tool_goes_on_working() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&[
        "--path",
        "place",
        "--name",
        "its-server",
        "--version",
        "0.2.0",
        "--description",
        "Says it",
        "--no-claudeapp",
        "--no-git",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    let told = "creating a Rust project; choose another language with --language";
    assert!(run.stderr.contains(told), "{}", run.transcript());
    let files = tree::texts(&sandbox.path("place"));
    for line in [
        "name = \"its-server\"",
        "version = \"0.2.0\"",
        "description = \"Says it\"",
    ] {
        assert!(
            files["Cargo.toml"].contains(line),
            "{}",
            files["Cargo.toml"]
        );
    }
}
