//! The program built for Windows and run under Wine: the same tree as on this machine, and the names and paths that are special
//! there. Runs on Linux; on Windows itself the other tests say the same.
#![cfg(target_os = "linux")]

mod wine;

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use wine::{Outcome, wine};

fn scratch() -> TempDir {
    tempfile::tempdir().expect("a scratch directory")
}

fn new(dir: &Path, args: &[&str]) -> Outcome {
    let always = ["new", "--yes", "--no-git"];
    wine(dir, &[&always[..], args].concat())
}

/// Every file and directory below `root`: path → contents.
fn tree(root: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).expect("a directory") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(root).expect("a path below the root");
            let name = name.to_str().expect("a UTF-8 path").to_owned();
            if path.is_dir() {
                found.insert(name, None);
                open.push(path);
            } else {
                found.insert(name, Some(fs::read(&path).expect("a file")));
            }
        }
    }
    found
}

#[test]
#[ignore = "needs Wine: `.ci/test all` runs it"]
fn the_tree_is_the_same_as_on_linux_byte_by_byte() {
    let (there, here) = (scratch(), scratch());
    for args in [
        vec!["my-server"],
        vec![
            "web",
            "--transport",
            "http",
            "--auth",
            "bearer",
            "--license",
            "apache-2.0",
        ],
        vec!["small", "--starter", "minimal", "--transport", "stdio"],
    ] {
        let outcome = new(there.path(), &args);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let status = Command::new(env!("CARGO_BIN_EXE_create-mcp-server"))
            .args(["new", "--yes", "--no-git", "--quiet"])
            .args(&args)
            .current_dir(here.path())
            .status();
        assert!(status.expect("the program runs").success());
    }
    let (there, here) = (tree(there.path()), tree(here.path()));
    assert!(here.len() > 50, "{:?}", here.keys());
    let names = |tree: &BTreeMap<String, _>| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&there), names(&here));
    for (path, contents) in &here {
        assert!(there[path] == *contents, "`{path}` differs");
    }
}

#[test]
#[ignore = "needs Wine: `.ci/test all` runs it"]
fn names_that_windows_keeps_for_itself_are_refused() {
    let dir = scratch();
    let words = [
        "con",
        "CON",
        "con.txt",
        "aux",
        "nul",
        "prn",
        "COM1",
        "lpt9.log",
        "nul.tar.gz",
    ];
    for word in words {
        for args in [vec![word], vec!["fine", "--name", word]] {
            let outcome = new(dir.path(), &args);
            assert_eq!(outcome.code, 2, "`{args:?}`: {outcome:?}");
            assert!(outcome.stderr.contains("error: "), "{outcome:?}");
        }
    }
    assert!(tree(dir.path()).is_empty(), "{:?}", tree(dir.path()).keys());
}

#[test]
#[ignore = "needs Wine: `.ci/test all` runs it"]
fn names_that_windows_would_silently_change_are_refused() {
    let dir = scratch();
    for word in [
        "server.",
        "server ",
        "server...",
        "ser:ver",
        "ser*ver",
        "ser?ver",
        "a|b",
        "a<b",
        "a\"b",
    ] {
        let outcome = new(dir.path(), &[word]);
        assert_eq!(outcome.code, 2, "`{word}`: {outcome:?}");
    }
    assert!(tree(dir.path()).is_empty(), "{:?}", tree(dir.path()).keys());
}

#[test]
#[ignore = "needs Wine: `.ci/test all` runs it"]
fn backslashes_drive_letters_and_parents_are_paths() {
    let dir = scratch();
    let inner = dir.path().join("inner");
    fs::create_dir(&inner).expect("a directory");
    let drive = format!("Z:{}\\by-drive", dir.path().display()).replace('/', "\\");
    for path in [
        "deep\\er\\by-backslash",
        "mixed/with\\by-both",
        "..\\by-parent",
        &drive,
    ] {
        let outcome = new(&inner, &[path]);
        assert_eq!(outcome.code, 0, "`{path}`: {outcome:?}");
    }
    for (path, name) in [
        ("inner/deep/er/by-backslash", "by-backslash"),
        ("inner/mixed/with/by-both", "by-both"),
        ("by-parent", "by-parent"),
        ("by-drive", "by-drive"),
    ] {
        let manifest = fs::read_to_string(dir.path().join(path).join("Cargo.toml"));
        let manifest = manifest.unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(
            manifest.contains(&format!("name = \"{name}\"")),
            "{manifest}"
        );
    }
}

#[test]
#[ignore = "needs Wine: `.ci/test all` runs it"]
fn a_name_is_never_a_path() {
    let dir = scratch();
    let inner = dir.path().join("inner");
    fs::create_dir(&inner).expect("a directory");
    for name in [
        "..\\evil",
        "../evil",
        "C:evil",
        "C:\\evil",
        "\\\\host\\share",
        "a\\b",
        "..",
    ] {
        let outcome = new(&inner, &["fine", "--name", name]);
        assert_eq!(outcome.code, 2, "`{name}`: {outcome:?}");
    }
    assert_eq!(tree(dir.path()).len(), 1, "{:?}", tree(dir.path()).keys());
}

#[test]
#[ignore = "needs Wine: `.ci/test all` runs it"]
fn what_is_there_already_is_not_touched() {
    let dir = scratch();
    fs::create_dir(dir.path().join("Full")).expect("a directory");
    fs::write(dir.path().join("Full/precious.txt"), "mine").expect("a file");
    fs::write(dir.path().join("file"), "mine").expect("a file");
    let before = tree(dir.path());
    // Windows tells `full` and `Full` not apart.
    for path in ["Full", "full", "file", "FILE", "file\\below"] {
        let outcome = new(dir.path(), &[path]);
        assert_ne!(outcome.code, 0, "`{path}`: {outcome:?}");
        assert!(outcome.stderr.contains("error: "), "{outcome:?}");
        assert_eq!(tree(dir.path()), before, "`{path}` left something");
    }
}

#[test]
#[ignore = "needs Wine: `.ci/test all` runs it"]
fn an_empty_directory_is_used() {
    let dir = scratch();
    let here = dir.path().join("here");
    fs::create_dir(&here).expect("a directory");
    fs::create_dir(dir.path().join("beside")).expect("a directory");
    for (cwd, path) in [(here.as_path(), "."), (dir.path(), "beside")] {
        let outcome = new(cwd, &[path]);
        assert_eq!(outcome.code, 0, "`{path}`: {outcome:?}");
    }
    assert!(here.join("src/main.rs").is_file());
    assert!(dir.path().join("beside/src/main.rs").is_file());
}

#[test]
#[ignore = "needs Wine: `.ci/test all` runs it"]
fn what_is_added_is_the_same_as_on_linux_and_goes_again() {
    for language in ["rust", "python"] {
        let (there, here) = (scratch(), scratch());
        let same = |args: &[&str]| {
            let outcome = wine(there.path(), args);
            assert_eq!(outcome.code, 0, "{outcome:?}");
            let mut program = Command::new(env!("CARGO_BIN_EXE_create-mcp-server"));
            let output = program.args(args).current_dir(here.path()).output();
            assert!(output.expect("the program runs").status.success());
            let there = tree(there.path());
            assert_eq!(there, tree(here.path()), "{args:?}");
            there
        };
        let before = same(&["new", "x", "-y", "--no-git", "--language", language]);
        for args in [
            &[
                "add",
                "tool",
                "get-weather",
                "-d",
                "It's \"é\" \\",
                "--param",
                "city:string",
            ][..],
            &["add", "resource", "town", "--uri", "towns://{name}"],
            &["add", "prompt", "plan"],
        ] {
            same(&[args, &["-y", "--project", "x"]].concat());
        }
        let mut after = before.clone();
        for (kind, name) in [
            ("tool", "get-weather"),
            ("resource", "town"),
            ("prompt", "plan"),
        ] {
            after = same(&["remove", kind, name, "-y", "--project", "x"]);
        }
        assert_eq!(after, before);
    }
}

#[test]
#[ignore = "needs Wine: `.ci/test all` runs it"]
fn hosts_find_a_project_and_forget_it_again() {
    let dir = scratch();
    let (home, project) = (dir.path().join("home"), dir.path().join("my-server"));
    assert_eq!(new(dir.path(), &["my-server"]).code, 0);
    let program = project.join("target/release/my-server.exe");
    fs::create_dir_all(program.parent().expect("a directory")).expect("directories");
    fs::write(program, "").expect("a file");
    // Claude Desktop has two homes: its own, and the one that the store gave it.
    let lists = [
        ".cursor/mcp.json",
        "AppData/Roaming/Claude/claude_desktop_config.json",
        "AppData/Local/Packages/Claude_x1/LocalCache/Roaming/Claude/claude_desktop_config.json",
    ];
    let text = "{\r\n\t\"mcpServers\": {\r\n\t\t\"a\": { \"command\": \"a\" }\r\n\t}\r\n}\r\n";
    // Claude Desktop reads no file with a byte order mark.
    let mark = |list: &str| {
        if list.contains("Claude") {
            ""
        } else {
            "\u{feff}"
        }
    };
    for list in lists {
        let text = format!("{}{text}", mark(list));
        let list = home.join(list);
        fs::create_dir_all(list.parent().expect("a directory")).expect("directories");
        fs::write(list, text).expect("a file");
    }
    let before = tree(&home);
    let hosts = ["--yes", "--host", "cursor,claude-desktop,codex,vscode,zed"];
    let outcome = wine::as_user(
        &home,
        &project,
        &[&["install", "--no-check"], &hosts[..]].concat(),
    );
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let path = format!("Z:{}\\target\\release\\my-server.exe", project.display());
    let command = format!("\"command\": {:?}", path.replace('/', "\\"));
    for list in lists {
        let text = fs::read_to_string(home.join(list)).expect("a list");
        assert!(
            text.starts_with(mark(list)) && text.contains(&command),
            "{text}"
        );
        assert_eq!(
            text.matches('\n').count(),
            text.matches("\r\n").count(),
            "{text}"
        );
    }
    for made in [
        ".codex/config.toml",
        "AppData/Roaming/Code/User/mcp.json",
        "AppData/Roaming/Zed/settings.json",
    ] {
        assert!(
            home.join(made).is_file(),
            "{outcome:?}: {:?}",
            tree(&home).keys()
        );
    }
    let outcome = wine::as_user(&home, &project, &[&["uninstall"], &hosts[..]].concat());
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let mut after = tree(&home);
    // Directories stay.
    after.retain(|path, node| node.is_some() && !path.contains(".bak."));
    let mut before = before;
    before.retain(|_, node| node.is_some());
    assert_eq!(after, before);
}

#[test]
#[ignore = "needs Wine: `.ci/test all` runs it"]
fn a_dry_run_writes_nothing() {
    let dir = scratch();
    let outcome = new(dir.path(), &["my-server", "--dry-run"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stdout.contains("src/main.rs"), "{outcome:?}");
    assert!(tree(dir.path()).is_empty());
}

/// Wine gives a pipe, so there is no terminal: it must say what is missing, not wait.
#[test]
#[ignore = "needs Wine: `.ci/test all` runs it"]
fn without_a_terminal_it_never_waits() {
    let dir = scratch();
    let outcome = wine(dir.path(), &["new"]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(tree(dir.path()).is_empty());
}

#[test]
#[ignore = "needs Wine: `.ci/test all` runs it"]
fn a_generated_server_answers_check_over_stdio_and_http() {
    let dir = scratch();
    let server = wine::server();
    let outcome = wine(
        dir.path(),
        &["check", "--", server.to_str().expect("UTF-8")],
    );
    assert_eq!(outcome.code, 0, "{outcome:?}");

    let port = {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        listener.local_addr().expect("its address").port()
    };
    let env = [("MCP_TRANSPORT", "http"), ("MCP_PORT", &port.to_string())];
    let mut running = wine::start(&server, &env);
    let deadline = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
    }
    let url = format!("http://127.0.0.1:{port}/mcp");
    let outcome = wine(dir.path(), &["check", "--url", &url]);
    running.kill().expect("the server still runs");
    running.wait().expect("the server ends");
    assert_eq!(outcome.code, 0, "{outcome:?}");
}
