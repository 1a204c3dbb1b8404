//! The real program, killed at random moments, and without the right to write.
#![cfg(unix)]

use std::{
    fs,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use crate::support::{every, sandbox::Sandbox, tree};

fn program() -> std::path::PathBuf {
    assert_cmd::cargo::cargo_bin("create-mcp-server")
}

#[test]
fn a_project_is_there_whole_or_not_at_all_whenever_the_program_is_killed() {
    let whole = Sandbox::new();
    let started = Instant::now();
    assert_eq!(whole.run(&["my-server", "-y", "--no-git"]).code, Some(0));
    // A busy machine takes its time.
    let moment = started.elapsed() / 30;
    let whole = tree::texts(&whole.path("my-server"));
    let (mut absent, mut present) = (0, 0);
    for round in (0..60).step_by(every(3)) {
        let sandbox = Sandbox::new();
        let mut child = std::process::Command::new(program())
            .args(["my-server", "-y", "--no-git"])
            .current_dir(sandbox.path(""))
            .env("SOURCE_DATE_EPOCH", "1767225600")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program runs");
        thread::sleep(moment * round);
        child.kill().expect("kill");
        child.wait().expect("wait");
        if sandbox.path("my-server").exists() {
            present += 1;
            assert_eq!(
                tree::texts(&sandbox.path("my-server")),
                whole,
                "round {round}"
            );
        } else {
            absent += 1;
            let run = sandbox.run(&["my-server", "-y", "--no-git"]);
            assert_eq!(run.code, Some(0), "round {round}: {}", run.transcript());
            let names: Vec<_> = fs::read_dir(sandbox.path("")).expect("readable").collect();
            assert_eq!(names.len(), 1, "round {round}: the next run cleans up");
        }
    }
    assert!(
        absent > 0 && present > 0,
        "{absent} absent, {present} present: the moments are badly chosen"
    );
}

/// Permissions mean nothing to root, so root runs the program as somebody else.
#[test]
fn a_directory_that_cannot_be_written_is_left_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::new();
    let mode = |path: &str, mode: u32| {
        fs::set_permissions(sandbox.path(path), fs::Permissions::from_mode(mode))
            .expect("set permissions");
    };
    // Not by this process: another test's child could inherit the open copy, and what is open cannot be run.
    let copied = std::process::Command::new("cp")
        .arg(program())
        .arg(sandbox.path("program"))
        .status();
    assert!(copied.expect("cp runs").success());
    fs::create_dir(sandbox.path("locked")).expect("create a directory");
    mode("", 0o755);
    mode("program", 0o755);
    mode("locked", 0o555);
    let is_root = fs::write(sandbox.path("locked/probe"), "").is_ok();
    let mut command = if is_root {
        fs::remove_file(sandbox.path("locked/probe")).expect("remove the probe");
        let mut command = assert_cmd::Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(sandbox.path("program"));
        command
    } else {
        assert_cmd::Command::new(sandbox.path("program"))
    };
    let output = command
        .args(["locked/my-server", "-y", "--no-git"])
        .current_dir(sandbox.path(""))
        .output()
        .expect("the program runs (as root, this test needs setpriv from util-linux)");
    let run = sandbox.finish(&output);
    mode("locked", 0o755);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    assert!(run.stderr.contains("Permission denied"), "{}", run.stderr);
    assert!(tree::read(&sandbox.path("locked")).is_empty());
}

#[test]
fn a_termination_request_stops_a_tool_that_says_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("bin")).expect("create a directory");
    // Silent, with its output closed and deaf to a polite request.
    sandbox.write(
        "bin/cargo",
        "#!/bin/sh\ntrap '' TERM INT\nexec >&- 2>&-\nsleep 300 & echo $! $$ > ../pid\nwhile :; do sleep 1; done\n",
    );
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(sandbox.path("bin/cargo"), executable).expect("set permissions");
    let path = std::env::var("PATH").expect("a PATH");
    let mut child = std::process::Command::new(program())
        .args(["my-server", "-y", "--no-git", "--build"])
        .current_dir(sandbox.path(""))
        .env("PATH", format!("{}:{path}", sandbox.path("bin").display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let soon = |what: &mut dyn FnMut() -> bool| {
        (0..500).any(|_| {
            what() || {
                thread::sleep(Duration::from_millis(20));
                false
            }
        })
    };
    let tool = || fs::read_to_string(sandbox.path("pid")).unwrap_or_default();
    assert!(soon(&mut || tool().ends_with('\n')), "the tool starts");
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("send the signal");
    let mut ended = None;
    assert!(
        soon(&mut || {
            ended = child.try_wait().expect("wait");
            ended.is_some()
        }),
        "the program ends"
    );
    assert_eq!(ended.and_then(|status| status.code()), Some(130));
    for process in tool().split_whitespace() {
        let process = std::path::PathBuf::from(format!("/proc/{process}"));
        assert!(soon(&mut || !process.exists()), "{process:?} lives on");
    }
    assert!(sandbox.path("my-server/README.md").is_file());
}
