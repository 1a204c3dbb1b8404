//! Whom the program trusts: stages of unfinished work, projects of other users, files that are none.
#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown},
    path::Path,
    process::Command,
};

use create_mcp_server::{
    apply::{Disk, apply, recover},
    plan::{hex, sha256},
};

use crate::{
    faults::{edit, never},
    rivals::killed_run,
    support::{
        faulty::{Fault, Faulty},
        sandbox::{Run, Sandbox},
        tree,
    },
};

const STAGE: &str = ".create-mcp-server-stage";
/// Of `nobody`, who has a name on every system.
const NOBODY: u32 = 65534;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn project() -> Sandbox {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["my-server", "-y", "--no-git", "--starter=minimal"]);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    sandbox
}

fn run_in(sandbox: &Sandbox, directory: &str, args: &[&str]) -> Run {
    let mut command = sandbox.command(args);
    command.current_dir(sandbox.path(directory));
    sandbox.finish(&command.output().expect("the program runs"))
}

fn shell(directory: &Path, script: &str) {
    let status = Command::new("sh")
        .args(["-ec", script])
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .status();
    assert!(status.expect("a shell").success(), "{script}");
}

/// A journal whose undoing writes `old-0` to `path`.
fn planting(path: &str) -> String {
    let hash = hex(&sha256(b"new"));
    format!(
        "{{\"directories\":[],\"changes\":[{{\"path\":\"{path}\",\"had\":true,\"new\":\"{hash}\"}}]}}"
    )
}

#[test]
fn a_stage_that_a_clone_brings_plants_no_hook() {
    let sandbox = project();
    let origin = sandbox.path("my-server");
    let stage = origin.join(STAGE);
    fs::create_dir(&stage).expect("create a directory");
    fs::write(stage.join("old-0"), "#!/bin/sh\necho evil\n").expect("write a file");
    fs::write(stage.join("lock"), "").expect("write a file");
    fs::write(stage.join("seal"), "1 1.000000001").expect("write a file");
    let journal = planting(".git/hooks/post-checkout");
    fs::write(stage.join("journal.json"), journal).expect("write a file");
    shell(
        &origin,
        "git init -q && git add -A -f && git -c user.name=x -c user.email=x@y commit -qm x",
    );
    // With this mask a clone's directories look like those that the program makes.
    shell(
        &sandbox.path(""),
        "umask 077 && git clone -q my-server clone",
    );
    let before = tree::read(&sandbox.path("clone"));
    for args in [
        &["add", "tool", "one", "-y"][..],
        &["remove", "tool", "echo", "-y"],
    ] {
        let run = run_in(&sandbox, "clone", args);
        assert_eq!(run.code, Some(2), "{}", run.transcript());
        assert!(run.stderr.contains("is in the way"), "{}", run.stderr);
        assert_eq!(tree::read(&sandbox.path("clone")), before, "{args:?}");
    }
}

#[test]
fn a_copy_of_a_stage_is_not_taken_for_one() {
    let sandbox = Sandbox::new();
    let root = sandbox.path("project");
    fs::create_dir(&root).expect("create a directory");
    killed_run(&root);
    shell(&sandbox.path(""), "cp -a project copy");
    let before = tree::read(&sandbox.path("copy"));
    let error = recover(&sandbox.path("copy"), &Disk).expect_err("refused");
    assert!(
        format!("{error:#}").contains("not created by this program"),
        "{error:#}"
    );
    assert_eq!(tree::read(&sandbox.path("copy")), before);
    assert!(recover(&root, &Disk).expect("the run's own"));
}

#[test]
fn not_even_a_journal_of_its_own_names_a_git_directory() {
    for path in [".git/hooks/x", ".GIT/config", "src/.git/config", "git~1/x"] {
        let sandbox = Sandbox::new();
        let root = sandbox.path("project");
        fs::create_dir_all(root.join(".git/hooks")).expect("create directories");
        let stage = killed_run(&root);
        fs::write(stage.join("old-0"), "evil").expect("write a file");
        fs::write(stage.join("journal.json"), planting(path)).expect("write a file");
        let before = tree::read(&root);
        let error = recover(&root, &Disk).expect_err(path);
        let shown = format!("{error:#}");
        assert!(shown.contains("is not a path inside a project"), "{shown}");
        assert_eq!(tree::read(&root), before);
    }
}

#[test]
fn a_stage_that_others_can_open_or_own_is_refused_with_all_that_is_in_it() {
    for name in [STAGE, ".create-mcp-server-new-fresh"] {
        for foreign in [false, true] {
            if foreign && !is_root() {
                continue;
            }
            let sandbox = project();
            let stage = match name {
                STAGE => sandbox.path("my-server").join(name),
                _ => sandbox.path(name),
            };
            fs::create_dir_all(stage.join("new")).expect("create directories");
            fs::write(stage.join("new/mine.txt"), "mine").expect("write a file");
            let mode = if foreign { 0o700 } else { 0o755 };
            let mode = fs::Permissions::from_mode(mode);
            fs::set_permissions(&stage, mode).expect("set permissions");
            if foreign {
                chown(&stage, Some(NOBODY), None).expect("give it away");
            }
            let before = tree::read(&sandbox.path(""));
            let run = match name {
                STAGE => run_in(&sandbox, "my-server", &["add", "tool", "one", "-y"]),
                _ => sandbox.run(&["fresh", "-y", "--no-git"]),
            };
            assert_eq!(run.code, Some(2), "{}", run.transcript());
            let problem = if foreign {
                "it belongs to `nobody`"
            } else {
                "other users have access to it"
            };
            assert!(run.stderr.contains(problem), "{}", run.stderr);
            assert_eq!(tree::read(&sandbox.path("")), before);
        }
    }
}

#[test]
fn what_lies_in_a_private_directory_of_that_name_is_no_litter() {
    let sandbox = Sandbox::new();
    let stage = sandbox.path(".create-mcp-server-new-fresh");
    fs::create_dir(&stage).expect("create a directory");
    let private = fs::Permissions::from_mode(0o700);
    fs::set_permissions(&stage, private).expect("set permissions");
    fs::write(stage.join("mine.txt"), "mine").expect("write a file");
    let run = sandbox.run(&["fresh", "-y", "--no-git"]);
    assert_eq!(run.code, Some(2), "{}", run.transcript());
    assert!(stage.join("mine.txt").is_file() && !sandbox.path("fresh").exists());
}

#[test]
fn a_new_project_has_the_modes_that_the_user_s_mask_leaves() {
    for (mask, directory, file) in [
        ("022", 0o755, 0o644),
        ("002", 0o775, 0o664),
        ("077", 0o700, 0o600),
    ] {
        let sandbox = Sandbox::new();
        let program = assert_cmd::cargo::cargo_bin("create-mcp-server");
        let program = program.display();
        shell(
            &sandbox.path(""),
            &format!(
                "umask {mask}; {program} a/my-server -y --no-git --quiet; cd a/my-server; {program} add tool one -y --quiet"
            ),
        );
        for (path, node) in tree::read(&sandbox.path("")) {
            let found = fs::metadata(sandbox.path(&path)).expect("there").mode() & 0o7777;
            let expected = match node {
                tree::Node::Directory => directory,
                _ => file,
            };
            assert_eq!(found, expected, "{path}: {found:o} with {mask}");
        }
    }
}

#[test]
fn a_strangers_project_is_not_worked_on_unless_it_is_trusted() {
    if !is_root() {
        // Only root can give files away.
        return;
    }
    let verbs: [&[&str]; 5] = [
        &["add", "tool", "one", "-y", "--dry-run"],
        &["remove", "tool", "one", "-y", "--dry-run"],
        &["check"],
        &["call", "echo", "text=x"],
        &["install", "--host", "cursor", "--dry-run"],
    ];
    for given in ["", ".create-mcp-server.toml"] {
        let sandbox = project();
        let added = run_in(&sandbox, "my-server", &["add", "tool", "one", "-y"]);
        assert_eq!(added.code, Some(0), "{}", added.transcript());
        let root = sandbox.path("my-server");
        fs::create_dir_all(root.join("below")).expect("create directories");
        // What would run is a trap.
        fs::create_dir(sandbox.path("bin")).expect("create a directory");
        sandbox.write_program("bin/cargo", "touch \"$TRAP\"; exit 1\n");
        chown(root.join(given), Some(NOBODY), None).expect("give it away");
        let run = |args: &[&str], variables: &[(&str, &str)]| {
            let path = format!("{}:/usr/bin:/bin", sandbox.path("bin").display());
            let mut command = sandbox.command(args);
            command
                .current_dir(root.join("below"))
                .env("PATH", path)
                .env("TRAP", sandbox.path("trap"))
                .env_remove("SUDO_UID")
                .envs(variables.iter().copied());
            sandbox.finish(&command.output().expect("the program runs"))
        };
        let elsewhere = sandbox.path("bin").display().to_string();
        let mut ran = false;
        for args in verbs {
            for variables in [
                &[][..],
                &[("CREATE_MCP_SERVER_TRUST", &*elsewhere)],
                &[("CREATE_MCP_SERVER_TRUST", ".")],
                &[("SUDO_UID", "1")],
            ] {
                let refused = run(args, variables);
                assert_eq!(refused.code, Some(2), "{}", refused.transcript());
                let shown = &refused.stderr;
                assert!(shown.contains("belongs to `nobody`"), "{shown}");
                assert!(shown.contains("--trust"), "{shown}");
                assert!(!sandbox.path("trap").exists(), "{args:?} ran it");
            }
            let root = root.display().to_string();
            let parent = sandbox.path("").display().to_string();
            for (flag, variables) in [
                (&["--trust"][..], &[][..]),
                (&[], &[("CREATE_MCP_SERVER_TRUST", &*root)]),
                (&[], &[("CREATE_MCP_SERVER_TRUST", &*parent)]),
                (&[], &[("CREATE_MCP_SERVER_TRUST", "*")]),
                (&[], &[("SUDO_UID", "65534")]),
            ] {
                let trusted = run(&[args, flag].concat(), variables);
                let shown = &trusted.stderr;
                assert_ne!(trusted.code, Some(2), "{variables:?}: {shown}");
                ran |= fs::remove_file(sandbox.path("trap")).is_ok();
            }
        }
        assert!(ran, "with trust it is built");
    }
}

#[test]
fn answers_that_no_regular_file_holds_are_refused_at_once() {
    let sandbox = Sandbox::new();
    shell(&sandbox.path(""), "mkfifo fifo && mkdir directory");
    for path in ["fifo", "directory", "/dev/zero"] {
        let mut command = sandbox.command(&["x-server", "-y", "--answers", path]);
        command.timeout(std::time::Duration::from_secs(20));
        let run = sandbox.finish(&command.output().expect("it ends"));
        assert_eq!(run.code, Some(2), "{path}: {}", run.transcript());
        assert!(run.stderr.contains("not a regular file"), "{}", run.stderr);
    }
}

#[test]
fn a_file_that_is_no_text_of_bounded_size_is_refused_and_nothing_is_written() {
    let huge = "x".repeat(2 << 20);
    for (what, problem) in [
        ("/dev/zero", "not a regular file"),
        ("fifo", "not a regular file"),
        ("huge", "larger than 1 MiB"),
        ("binary", "not UTF-8"),
    ] {
        for file in ["README.md", "src/tools/mod.rs"] {
            let sandbox = project();
            shell(&sandbox.path(""), "mkfifo fifo");
            sandbox.write("huge", &huge);
            fs::write(sandbox.path("binary"), b"\xff\xfe").expect("write a file");
            let path = sandbox.path("my-server").join(file);
            fs::remove_file(&path).expect("remove a file");
            let to = sandbox.path("").join(what);
            std::os::unix::fs::symlink(to, &path).expect("create a link");
            let before = tree::read(&sandbox.path("my-server"));
            let mut command = sandbox.command(&["add", "tool", "one", "-y"]);
            command
                .current_dir(sandbox.path("my-server"))
                .timeout(std::time::Duration::from_secs(20));
            let run = sandbox.finish(&command.output().expect("it ends"));
            assert_eq!(run.code, Some(2), "{what}: {}", run.transcript());
            assert!(run.stderr.contains(problem), "{}", run.stderr);
            assert!(run.stderr.contains(file), "{}", run.stderr);
            assert_eq!(tree::read(&sandbox.path("my-server")), before);
        }
    }
}

/// A file that is one name of several, and one that is a link, stay that, whatever happens on the way.
#[test]
fn links_of_project_files_survive_an_addition_and_every_fault() {
    let sandbox = project();
    let readme = sandbox.path("my-server/README.md");
    fs::rename(&readme, sandbox.path("shared.md")).expect("move a file");
    std::os::unix::fs::symlink("../shared.md", &readme).expect("create a link");
    let tools = sandbox.path("my-server/src/tools/mod.rs");
    fs::hard_link(&tools, sandbox.path("twin.rs")).expect("create a link");
    let before = tree::read(&sandbox.path(""));
    for args in [
        ["add", "tool", "one", "-y"],
        ["remove", "tool", "one", "-y"],
    ] {
        let run = run_in(&sandbox, "my-server", &args);
        assert_eq!(run.code, Some(0), "{}", run.transcript());
        assert!(readme.is_symlink());
        let twin = fs::metadata(sandbox.path("twin.rs")).expect("there");
        assert_eq!(twin.ino(), fs::metadata(&tools).expect("there").ino());
        let listed = fs::read_to_string(sandbox.path("shared.md")).expect("readable");
        assert_eq!(listed.contains("- tool `one`"), args[0] == "add");
    }
    assert_eq!(tree::read(&sandbox.path("")), before);

    for fault in [Fault::DiskFull, Fault::Killed] {
        for at in 0.. {
            let sandbox = Sandbox::new();
            let root = sandbox.path("project");
            let plan = edit(&root);
            fs::rename(root.join("edit.txt"), sandbox.path("real.txt")).expect("move a file");
            std::os::unix::fs::symlink("../real.txt", root.join("edit.txt")).expect("a link");
            fs::hard_link(root.join("src/b.txt"), sandbox.path("twin.txt")).expect("a link");
            let before = tree::read(&sandbox.path(""));
            let faulty = Faulty::new(at, fault);
            let outcome = apply(&plan, &faulty, &never);
            recover(&root, &Disk).expect("what is left is undone");
            let after = tree::read(&sandbox.path(""));
            if after == before {
                outcome.expect_err("undone");
                continue;
            }
            let texts = tree::texts(&sandbox.path(""));
            let (real, twin) = (&texts["real.txt"], &texts["twin.txt"]);
            assert_eq!((&**real, &**twin), ("new", "bb"), "{}", faulty.log());
            assert!(root.join("edit.txt").is_symlink(), "{}", faulty.log());
            if !faulty.happened() {
                assert!(at > 15, "{at} operations");
                break;
            }
        }
    }
}
