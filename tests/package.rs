//! What is published: the package holds every template, and the program installed from it scaffolds.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use create_mcp_server::template::embed;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Cargo leaves a directory that holds a bare `Cargo.toml` out of the package without a word.
#[test]
fn the_package_holds_exactly_the_embedded_templates() {
    let listed = cargo(
        &["package", "--list", "--allow-dirty", "--locked"],
        Path::new(ROOT),
    );
    let packaged: BTreeSet<String> = listed
        .lines()
        .map(|line| line.replace('\\', "/"))
        .filter_map(|line| line.strip_prefix("templates/").map(str::to_owned))
        .collect();
    let embedded: BTreeSet<String> = embed::files().into_iter().map(|(path, _)| path).collect();
    assert!(!embedded.is_empty());
    assert_eq!(packaged, embedded);
}

#[test]
fn the_program_installed_from_the_package_scaffolds_elsewhere() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let program = install_from_package(scratch.path());
    let elsewhere = scratch.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a directory");
    let output = Command::new(program)
        .args(["my-server", "--yes", "--no-git"])
        .current_dir(&elsewhere)
        .output()
        .expect("the installed program runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(elsewhere.join("my-server/Cargo.toml").is_file());
}

/// Packs the crate, unpacks it below `scratch` and installs it from there; the path of the program.
fn install_from_package(scratch: &Path) -> PathBuf {
    let package_target = text(&scratch.join("package"));
    let pack = ["package", "--no-verify", "--allow-dirty", "--locked"];
    cargo(
        &[&pack[..], &["--target-dir", &package_target]].concat(),
        Path::new(ROOT),
    );
    let name = concat!("create-mcp-server-", env!("CARGO_PKG_VERSION"));
    let archive = scratch
        .join("package/package")
        .join(format!("{name}.crate"));
    let unpacked = Command::new("tar")
        .args(["-xzf", &text(&archive), "-C", &text(scratch)])
        .status()
        .expect("tar runs");
    assert!(unpacked.success());

    // The directory this very test was built in, so that dependencies are not compiled again.
    let built = Path::new(env!("CARGO_BIN_EXE_create-mcp-server"));
    let target = text(built.ancestors().nth(2).expect("target/debug/program"));
    let install = [
        "install",
        "--debug",
        "--locked",
        "--no-track",
        "--root",
        "installed",
    ];
    cargo(
        &[&install[..], &["--path", name, "--target-dir", &target]].concat(),
        scratch,
    );
    let program = format!("create-mcp-server{}", std::env::consts::EXE_SUFFIX);
    scratch.join("installed/bin").join(program)
}

fn cargo(args: &[&str], dir: &Path) -> String {
    let output = Command::new(env!("CARGO"))
        .args(args)
        .current_dir(dir)
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    let line = args.join(" ");
    assert!(output.status.success(), "`cargo {line}` failed:\n{errors}");
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}

fn text(path: &Path) -> String {
    path.to_str().expect("a UTF-8 path").to_owned()
}
