//! Real files: links, permissions, copies, and files that come and go with an entry.
#![cfg(unix)]

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::Path,
};

use create_mcp_server::hosts::{HOSTS, Scope};

use super::home::Home;
use crate::support::tree::{self, Node};

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

const LIST: &str = "{\n  // mine\n  \"mcpServers\": { \"a\": { \"command\": \"a\" } }\n}\n";

#[test]
fn a_link_stays_a_link_and_a_secret_file_stays_secret() {
    let home = Home::new();
    home.write("dotfiles/cursor.json", LIST);
    fs::create_dir_all(home.path(".cursor")).unwrap();
    symlink("../dotfiles/cursor.json", home.path(".cursor/mcp.json")).unwrap();
    mode(&home.path("dotfiles/cursor.json"), 0o600);
    let before = tree::read(&home.path(""));
    home.install("cursor", &[]).expect_code(0);
    let link = fs::read_link(home.path(".cursor/mcp.json")).unwrap();
    assert_eq!(link, Path::new("../dotfiles/cursor.json"));
    let names = home.names("dotfiles");
    assert_eq!(
        names.len(),
        2,
        "the copy lies beside the file itself: {names:?}"
    );
    for name in names {
        let found = home.path("dotfiles").join(name).metadata().unwrap();
        assert_eq!(found.mode() & 0o777, 0o600);
    }
    assert!(home.text("dotfiles/cursor.json").contains("my-server"));
    home.uninstall("cursor", &[]).expect_code(0);
    assert_eq!(tree::read(&home.path("")), before);
}

#[test]
fn modes_are_kept_whatever_the_umask() {
    for bits in [0o600, 0o640, 0o644, 0o664, 0o755] {
        let home = Home::new();
        home.write(".cursor/mcp.json", LIST);
        mode(&home.path(".cursor/mcp.json"), bits);
        home.install("cursor", &[]).expect_code(0);
        let found = home.path(".cursor/mcp.json").metadata().unwrap();
        assert_eq!(found.mode() & 0o777, bits);
    }
}

#[test]
fn what_is_read_only_or_no_file_is_left_alone() {
    let home = Home::new();
    home.write(".cursor/mcp.json", LIST);
    mode(&home.path(".cursor/mcp.json"), 0o444);
    let run = home.install("cursor", &[]).expect_code(1);
    assert!(run.stderr.contains("it is read-only"), "{}", run.stderr);
    assert_eq!(home.text(".cursor/mcp.json"), LIST);
    assert_eq!(home.names(".cursor"), ["mcp.json"]);

    fs::create_dir_all(home.path(".codex/config.toml")).unwrap();
    let run = home.install("codex", &[]).expect_code(1);
    assert!(run.stderr.contains("it is not a file"), "{}", run.stderr);

    fs::create_dir_all(home.path(".kiro/settings")).unwrap();
    symlink("nowhere", home.path(".kiro/settings/mcp.json")).unwrap();
    let run = home.install("kiro", &[]).expect_code(1);
    assert!(run.stderr.contains("a broken link"), "{}", run.stderr);

    fs::create_dir_all(home.path(".gemini")).unwrap();
    fs::write(home.path(".gemini/settings.json"), b"{\n  \"a\": \"\xff\"}").unwrap();
    let run = home.install("gemini", &[]).expect_code(1);
    assert!(
        run.stderr.contains("line 2, byte 9 is not UTF-8"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_directory_that_cannot_be_written_is_left_alone() {
    let home = Home::new();
    home.write(".cursor/mcp.json", LIST);
    mode(&home.path(".cursor"), 0o555);
    let run = home.install_as_nobody("cursor");
    mode(&home.path(".cursor"), 0o755);
    run.expect_code(1);
    assert_eq!(home.text(".cursor/mcp.json"), LIST);
    assert_eq!(home.names(".cursor"), ["mcp.json"]);
}

#[test]
fn a_file_that_was_made_is_gone_again() {
    for host in HOSTS.iter().filter(|host| host.program.is_none()) {
        let home = Home::new();
        let before = files(&home.path(""));
        home.install(host.id, &[]).expect_code(0);
        assert_ne!(files(&home.path("")), before, "{}", host.id);
        home.uninstall(host.id, &[]).expect_code(0);
        assert_eq!(files(&home.path("")), before, "{}", host.id);
    }
    for host in HOSTS.iter().filter(|host| host.has(Scope::Project)) {
        let home = Home::new();
        // The project's own files for hosts are of another kind.
        let _ = fs::remove_file(home.project().join(".mcp.json"));
        let _ = fs::remove_dir_all(home.project().join(".vscode"));
        let before = files(&home.project());
        home.install(host.id, &["--scope", "project"])
            .expect_code(0);
        assert_ne!(files(&home.project()), before, "{}", host.id);
        home.uninstall(host.id, &["--scope", "project"])
            .expect_code(0);
        assert_eq!(files(&home.project()), before, "{}", host.id);
    }
}

/// A directory may have been there before, and may be a link's target: none goes.
#[test]
fn directories_stay() {
    let home = Home::new();
    fs::create_dir(home.path(".cursor")).unwrap();
    fs::create_dir_all(home.path("dotfiles/zed")).unwrap();
    fs::create_dir(home.path(".config")).unwrap();
    symlink("../dotfiles/zed", home.path(".config/zed")).unwrap();
    let before = tree::read(&home.path(""));
    home.install("cursor,zed", &[]).expect_code(0);
    assert!(home.path("dotfiles/zed/settings.json").is_file());
    home.uninstall("cursor,zed", &[]).expect_code(0);
    assert_eq!(tree::read(&home.path("")), before);
}

/// All but directories.
fn files(root: &Path) -> BTreeMap<String, Node> {
    let mut tree = tree::read(root);
    tree.retain(|_, node| *node != Node::Directory);
    tree
}

#[test]
fn a_copy_is_kept_until_the_file_is_as_it_was() {
    let home = Home::new();
    home.write(".cursor/mcp.json", LIST);
    let run = home.install("cursor", &["--json"]).expect_code(0);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let backup = value["hosts"][0]["backup"].as_str().unwrap();
    let name = Path::new(backup).file_name().unwrap().to_str().unwrap();
    assert!(
        name.starts_with("mcp.json.bak.2") && name.ends_with('Z'),
        "{name}"
    );
    assert_eq!(home.text(&format!(".cursor/{name}")), LIST);
    // Something else is added: now only the entry goes, and there is a copy of that too.
    let edited = home
        .text(".cursor/mcp.json")
        .replace("// mine", "// mine, edited");
    home.write(".cursor/mcp.json", &edited);
    home.uninstall("cursor", &[]).expect_code(0);
    assert_eq!(
        home.text(".cursor/mcp.json"),
        LIST.replace("// mine", "// mine, edited")
    );
    assert_eq!(home.names(".cursor").len(), 3);
}

#[test]
fn the_jsonc_file_is_taken_where_there_is_one() {
    let home = Home::new();
    home.write(".config/opencode/opencode.jsonc", "{}\n");
    home.install("opencode", &[]).expect_code(0);
    assert!(
        home.text(".config/opencode/opencode.jsonc")
            .contains("my-server")
    );
    assert!(!home.path(".config/opencode/opencode.json").exists());
}

/// opencode reads both: an entry in the second one would go on saying what it says.
#[test]
fn an_entry_in_a_file_that_is_read_too_counts() {
    let home = Home::new();
    let (first, second) = (
        ".config/opencode/opencode.jsonc",
        ".config/opencode/opencode.json",
    );
    home.write(second, "{}\n");
    home.install("opencode", &[]).expect_code(0);
    home.write(first, "{}\n");
    let run = home.install("opencode", &[]).expect_code(0);
    assert!(run.stderr.contains("nothing to do"), "{}", run.stderr);
    assert_eq!(home.text(first), "{}\n", "where it is");
    home.write(first, &home.text(second));
    home.uninstall("opencode", &[]).expect_code(0);
    for file in [first, second] {
        let text = fs::read_to_string(home.path(file)).unwrap_or_default();
        assert!(!text.contains("my-server"), "{file}: {text}");
    }
    home.write(
        second,
        "{\"mcp\": {\"my-server\": {\"type\": \"remote\", \"url\": \"https://x\"}}}\n",
    );
    let run = home.install("opencode", &[]).expect_code(3);
    assert!(
        run.stderr.contains("opencode.json`: another"),
        "{}",
        run.stderr
    );
    home.write(second, "{ broken\n");
    home.install("opencode", &[]).expect_code(1);
}
