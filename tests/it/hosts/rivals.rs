//! Several writers of one file at once, and writers that are killed.
#![cfg(unix)]

use std::{
    cell::Cell,
    fs, io,
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use create_mcp_server::{
    apply::{Disk, Fs},
    edit::json::{Dialect, read},
    hosts::{
        Scope,
        job::Wishes,
        places::{Machine, System},
    },
};
use tempfile::TempDir;

use super::{home::Home, host, program};
use crate::support::every;

/// The disk, with something that happens once: just before the first new file, or just after the stage was made.
struct Meanwhile<F: Fn()> {
    at_stage: bool,
    act: Cell<Option<F>>,
}

impl<F: Fn()> Meanwhile<F> {
    fn pass(&self, at_stage: bool) {
        if self.at_stage == at_stage
            && let Some(act) = self.act.take()
        {
            act();
        }
    }
}

impl<F: Fn()> Fs for Meanwhile<F> {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        Disk.create_dir(path)
    }

    fn create_private_dir(&self, path: &Path) -> io::Result<()> {
        Disk.create_private_dir(path)?;
        if path.ends_with(".create-mcp-server-stage") {
            self.pass(true);
        }
        Ok(())
    }

    fn overwrite(&self, path: &Path, contents: &[u8]) -> io::Result<()> {
        Disk.overwrite(path, contents)
    }

    fn write(&self, path: &Path, contents: &[u8]) -> io::Result<()> {
        Disk.write(path, contents)
    }

    fn write_like(&self, path: &Path, contents: &[u8], like: Option<&Path>) -> io::Result<()> {
        // After the first look at the file, before the last one.
        self.pass(false);
        Disk.write_like(path, contents, like)
    }

    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.replace(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        Disk.remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        Disk.remove_dir(path)
    }

    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        Disk.remove_tree(path)
    }
}

/// Install into Cursor's list below `home`.
fn install(home: &Path, disk: &dyn Fs) {
    let machine = Machine::new(System::Linux, Some(home), &|_| None);
    let wishes = Wishes {
        machine: &machine,
        root: &home.join("project"),
        scope: Scope::User,
        servers: vec![program()],
        hosts: vec![host("cursor")],
        remove: false,
        force: false,
    };
    let jobs = wishes.jobs().unwrap();
    wishes
        .perform(&jobs[0], disk, &|| false, &|_| Ok(()))
        .unwrap();
}

/// A run that ends removes the stage, also one that another run has just made; so does one that empties a directory.
#[test]
fn a_stage_that_vanishes_is_made_again() {
    for with_directory in [false, true] {
        let home = TempDir::new().unwrap();
        let directory = home.path().join(".cursor");
        let act = || {
            fs::remove_dir(directory.join(".create-mcp-server-stage")).unwrap();
            if with_directory {
                fs::remove_dir(&directory).unwrap();
            }
        };
        let disk = Meanwhile {
            at_stage: true,
            act: Cell::new(Some(act)),
        };
        install(home.path(), &disk);
        assert!(disk.act.take().is_none(), "it happened");
        let text = fs::read_to_string(directory.join("mcp.json")).unwrap();
        assert!(text.contains("my-server"), "{text}");
    }
}

#[test]
fn what_the_host_writes_meanwhile_is_kept() {
    for before in [None, Some("{\"mcpServers\": {\"a\": {}}}")] {
        let home = TempDir::new().unwrap();
        let file = home.path().join(".cursor/mcp.json");
        fs::create_dir(home.path().join(".cursor")).unwrap();
        if let Some(before) = before {
            fs::write(&file, before).unwrap();
        }
        let theirs = "{\n  \"mcpServers\": {\n    \"theirs\": {}\n  }\n}\n";
        let disk = Meanwhile {
            at_stage: false,
            act: Cell::new(Some(|| fs::write(&file, theirs).unwrap())),
        };
        install(home.path(), &disk);
        let text = fs::read_to_string(&file).unwrap();
        let data = read(&text, Dialect::Strict).unwrap();
        assert!(data.at(&["mcpServers", "theirs"]).is_some(), "{text}");
        assert!(data.at(&["mcpServers", "my-server"]).is_some(), "{text}");
    }
}

/// Projects `server-0`, `server-1`, … beside the one of `home`.
fn projects(home: &Home, count: usize) -> Vec<String> {
    let names: Vec<String> = (0..count)
        .map(|number| format!("server-{number}"))
        .collect();
    for name in &names {
        let directory = home.project().with_file_name(name);
        let shown = directory.to_string_lossy().into_owned();
        let args = [
            "new", &shown, "-y", "--no-git", "-s", "minimal", "-t", "stdio",
        ];
        home.run(&args).expect_code(0);
        fs::create_dir_all(directory.join("target/release")).unwrap();
        fs::write(directory.join("target/release").join(name), "").unwrap();
    }
    names
}

fn start(home: &Home, name: &str, verb: &str) -> Child {
    let project = home.project().with_file_name(name);
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("create-mcp-server"));
    command
        .args([verb, "--host", "cursor,codex", "-y"])
        .arg(project);
    if verb == "install" {
        command.arg("--no-check");
    }
    command.env("HOME", home.path("")).env("PATH", "");
    command
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("CODEX_HOME");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

#[test]
fn ten_installations_at_once_lose_nothing() {
    for begun in [false, true] {
        let home = Home::new();
        if begun {
            home.write(
                ".cursor/mcp.json",
                "{\n  // mine\n  \"mcpServers\": {}\n}\n",
            );
            home.write(".codex/config.toml", "# mine\n");
        }
        let names = projects(&home, 10);
        for (verb, present) in [("install", true), ("uninstall", false)] {
            let runs: Vec<_> = names.iter().map(|name| start(&home, name, verb)).collect();
            for run in runs {
                let output = run.wait_with_output().unwrap();
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{verb}: {said}");
            }
            let json = fs::read_to_string(home.path(".cursor/mcp.json")).unwrap_or_default();
            let toml = fs::read_to_string(home.path(".codex/config.toml")).unwrap_or_default();
            for name in &names {
                assert_eq!(json.contains(&format!("\"{name}\"")), present, "{json}");
                assert_eq!(
                    toml.contains(&format!("[mcp_servers.{name}]")),
                    present,
                    "{toml}"
                );
            }
            assert_eq!(json.contains("// mine"), begun, "{json}");
            assert_eq!(toml.contains("# mine"), begun, "{toml}");
        }
    }
}

#[test]
fn a_killed_installation_leaves_a_whole_file() {
    let (mut old, mut new) = (0, 0);
    let mut whole = Duration::ZERO;
    for round in (0..60).step_by(every(3)) {
        let home = Home::new();
        let before = "{\n  \"mcpServers\": {\n    \"a\": {}\n  }\n}\n";
        home.write(".cursor/mcp.json", before);
        let began = Instant::now();
        let mut run = start(&home, "my-server", "install");
        if round % 10 == 0 {
            // How long a run takes on this machine now.
            run.wait().unwrap();
            whole = began.elapsed();
        } else {
            thread::sleep(whole * (round % 10) / 10);
            run.kill().unwrap();
            run.wait().unwrap();
        }
        let text = home.text(".cursor/mcp.json");
        if text == before {
            old += 1;
        } else {
            let data = read(&text, Dialect::Strict).unwrap();
            assert!(data.at(&["mcpServers", "my-server"]).is_some(), "{text}");
            new += 1;
        }
        home.install("cursor", &[]).expect_code(0);
        let names = home.names(".cursor");
        assert!(
            names.iter().all(|name| name.starts_with("mcp.json")),
            "{names:?}"
        );
    }
    assert!(
        old > 0 && new > 0,
        "{old} old, {new} new: the moments are badly chosen"
    );
}
