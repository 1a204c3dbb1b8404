//! Where a project goes and where one is found: dots, links, files in the way, and answers files of strangers.

use std::fs;

use create_mcp_server::{owner::Trust, project::Project};

use crate::support::{
    sandbox::{Run, Sandbox},
    tree,
};

fn run_in(sandbox: &Sandbox, directory: &str, args: &[&str]) -> Run {
    let mut command = sandbox.command(args);
    command.current_dir(sandbox.path(directory));
    sandbox.finish(&command.output().expect("the program runs"))
}

#[test]
fn parents_are_where_the_system_says() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("a/b")).expect("create directories");
    let run = run_in(&sandbox, "a/b", &["../beside", "-y", "--no-git"]);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    assert!(run.stderr.contains("[DIR]/a/beside"), "{}", run.stderr);
    assert!(sandbox.path("a/beside/README.md").is_file());
    let run = run_in(&sandbox, "a/b", &["..", "-y"]);
    assert_eq!(run.code, Some(2), "{}", run.transcript());
    let before = tree::read(&sandbox.path(""));
    let run = run_in(&sandbox, "a", &["missing/../x-server", "-y"]);
    assert_eq!(run.code, Some(2), "{}", run.transcript());
    assert_eq!(tree::read(&sandbox.path("")), before);
}

#[cfg(unix)]
#[test]
fn a_slash_at_the_end_does_not_follow_a_link() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("elsewhere")).expect("create a directory");
    for (to, link) in [("elsewhere", "a-link"), ("nowhere", "dangling")] {
        std::os::unix::fs::symlink(to, sandbox.path(link)).expect("create a link");
        let run = sandbox.run(&[&format!("{link}/"), "-y"]);
        assert_eq!(run.code, Some(2), "{}", run.transcript());
        assert!(run.stderr.contains("symbolic link"), "{}", run.stderr);
    }
}

#[test]
fn a_file_anywhere_above_is_in_the_way() {
    let sandbox = Sandbox::new();
    sandbox.write("file", "");
    let run = sandbox.run(&["file/deep/x-server", "-y"]);
    assert_eq!(run.code, Some(2), "{}", run.transcript());
    assert!(
        run.stderr.contains("a file is in the way"),
        "{}",
        run.stderr
    );
}

#[test]
fn check_finds_the_project_that_was_meant_or_none() {
    let sandbox = Sandbox::new();
    sandbox.run(&["my-server", "-y", "--no-git"]);
    for path in ["..", "tpyo"] {
        let run = run_in(&sandbox, "my-server", &["check", path]);
        assert_eq!(run.code, Some(2), "{path}: {}", run.transcript());
    }
    let found = |path: &str| {
        Project::find(&sandbox.path(path), &Trust::to_read())
            .expect(path)
            .root
    };
    let root = found("my-server");
    assert_eq!(found("my-server/src"), root);
    assert_eq!(found("my-server/src/../tests"), root);
}

#[test]
fn a_strangers_answers_file_makes_nothing_be_read_outside_the_project() {
    let sandbox = Sandbox::new();
    sandbox.run(&["my-server", "-y", "--no-git"]);
    let project = sandbox.path("my-server");
    let drifted = |project| {
        Project::find(project, &Trust::to_read())
            .expect("a project")
            .drifted()
    };
    assert_eq!(drifted(&project), 0);
    let answers = project.join(".create-mcp-server.toml");
    let mut text = fs::read_to_string(&answers).expect("an answers file");
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    sandbox.write("outside", "");
    let mut foreign = vec!["../outside", "/dev/null", "/dev/zero", "/proc/self/mem"];
    if cfg!(unix) {
        #[cfg(unix)]
        std::os::unix::fs::symlink("/dev/zero", project.join("zero")).expect("create a link");
        foreign.push("zero");
    }
    for path in &foreign {
        text.extend(["\"", path, "\" = \"", empty, "\"\n"]);
    }
    fs::write(&answers, text).expect("write a file");
    assert_eq!(drifted(&project), foreign.len());
}

#[test]
fn a_huge_answers_file_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("huge.toml", &"#".repeat(2 << 20));
    let run = sandbox.run(&["x-server", "-y", "--answers", "huge.toml"]);
    assert_eq!(run.code, Some(2), "{}", run.transcript());
    assert!(run.stderr.contains("larger than 1 MiB"), "{}", run.stderr);
}
