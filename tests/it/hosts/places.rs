//! Where hosts keep their files, on every system.

use std::{
    ffi::OsString,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use create_mcp_server::hosts::{
    HOSTS, Scope,
    places::{ANY_NAME, Machine, System},
};
use insta::assert_snapshot;

use super::host;
use crate::support::sandbox::Sandbox;

fn machine(system: System, home: &Path, variables: &[(&str, PathBuf)]) -> Machine {
    Machine::new(system, Some(home), &|name| {
        let known = variables.iter().find(|(known, _)| *known == name);
        known.map(|(_, value)| OsString::from(value))
    })
}

#[test]
fn every_host_has_its_places_on_every_system() {
    let root = Path::new("/project");
    let mut shown = String::new();
    for system in [System::Linux, System::Mac, System::Windows] {
        let machine = machine(system, Path::new("/home/me"), &[]);
        let _ = writeln!(shown, "{system:?}");
        for host in HOSTS {
            for scope in [Scope::User, Scope::Project] {
                for path in machine
                    .files(host, scope, root, ANY_NAME)
                    .unwrap_or_default()
                {
                    let path = path.display().to_string().replace('\\', "/");
                    let _ = writeln!(shown, "  {} {}: {path}", host.id, scope.as_str());
                }
            }
        }
    }
    assert_snapshot!(shown);
}

#[test]
fn the_readme_names_every_host() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"));
    let words: Vec<String> = readme
        .unwrap()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let titles: Vec<&str> = HOSTS.iter().map(|host| host.title).collect();
    let (last, others) = titles.split_last().unwrap();
    let sentence = format!("These hosts are known: {} and {last}.", others.join(", "));
    assert!(
        words.join(" ").contains(&sentence),
        "README.md lacks: {sentence}"
    );
}

#[test]
fn the_environment_moves_places() {
    let variables = [
        ("XDG_CONFIG_HOME", "/x/config"),
        ("CODEX_HOME", "/x/codex"),
        ("CLAUDE_CONFIG_DIR", "/x/claude"),
        ("APPDATA", "relative is ignored"),
    ]
    .map(|(name, value)| (name, PathBuf::from(value)));
    let linux = machine(System::Linux, Path::new("/h"), &variables);
    let file = |machine: &Machine, id: &str| {
        let files = machine
            .files(host(id), Scope::User, Path::new("/p"), ANY_NAME)
            .unwrap();
        files[0].display().to_string()
    };
    assert_eq!(file(&linux, "zed"), "/x/config/zed/settings.json");
    assert_eq!(file(&linux, "codex"), "/x/codex/config.toml");
    assert_eq!(file(&linux, "claude-code"), "/x/claude/.claude.json");
    let windows = machine(System::Windows, Path::new("/h"), &variables);
    assert_eq!(
        file(&windows, "zed"),
        "/h/AppData/Roaming/Zed/settings.json"
    );
    let homeless = Machine::new(System::Linux, None, &|_| None);
    let error = homeless.files(host("cursor"), Scope::User, Path::new("/p"), ANY_NAME);
    assert!(error.unwrap_err().to_string().contains("home directory"));
    assert!(
        homeless
            .files(host("cursor"), Scope::Project, Path::new("/p"), ANY_NAME)
            .is_ok()
    );
}

#[test]
fn both_files_of_claude_desktop_on_windows_count_when_both_are_there() {
    let sandbox = Sandbox::new();
    let (appdata, local) = (sandbox.path("Roaming"), sandbox.path("Local"));
    let variables = [
        ("APPDATA", appdata.clone()),
        ("LOCALAPPDATA", local.clone()),
    ];
    let machine = machine(System::Windows, &sandbox.path(""), &variables);
    let files = || {
        let files = machine.files(
            host("claude-desktop"),
            Scope::User,
            Path::new("/p"),
            ANY_NAME,
        );
        files.unwrap()
    };
    let classic = appdata.join("Claude/claude_desktop_config.json");
    let packaged = "Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude";
    let packaged = local.join(packaged);
    assert_eq!(
        files(),
        std::slice::from_ref(&classic),
        "the classic one is made"
    );
    fs::create_dir_all(&packaged).unwrap();
    let packaged = packaged.join("claude_desktop_config.json");
    assert_eq!(files(), std::slice::from_ref(&packaged));
    fs::create_dir_all(classic.parent().unwrap()).unwrap();
    assert_eq!(files(), [classic, packaged]);
}

#[test]
fn a_host_is_here_when_its_directory_or_its_program_is() {
    let sandbox = Sandbox::new();
    let here = |variables: &[(&str, PathBuf)]| {
        let machine = machine(System::Linux, &sandbox.path(""), variables);
        let present = HOSTS.iter().filter(|host| machine.has(host));
        present.map(|host| host.id).collect::<Vec<_>>()
    };
    assert!(here(&[]).is_empty());
    fs::create_dir_all(sandbox.path(".config/zed")).unwrap();
    fs::create_dir_all(sandbox.path(".codex")).unwrap();
    assert_eq!(here(&[]), ["codex", "zed"]);
    sandbox.write(".claude.json", "{}");
    assert_eq!(here(&[]), ["claude-code", "codex", "zed"]);
    fs::remove_file(sandbox.path(".claude.json")).unwrap();
    #[cfg(unix)]
    {
        let path = sandbox.path("bin");
        fs::create_dir(&path).unwrap();
        sandbox.write("bin/claude", "not a program");
        assert_eq!(here(&[("PATH", path.clone())]), ["codex", "zed"]);
        sandbox.write_program("bin/claude", "");
        assert_eq!(here(&[("PATH", path)]), ["claude-code", "codex", "zed"]);
    }
}
