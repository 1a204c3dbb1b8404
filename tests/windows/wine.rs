//! Builds the program for Windows and runs it under Wine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

const TARGET: &str = "x86_64-pc-windows-gnu";
const COMPILER: &str = "x86_64-w64-mingw32-gcc";

/// How a run of the program ended.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Run the Windows program with `args` in `dir`.
pub fn wine(dir: &Path, args: &[&str]) -> Outcome {
    run(program(), dir, args)
}

fn run(program: &Path, dir: &Path, args: &[&str]) -> Outcome {
    let home = self::program().parent().expect("a directory");
    let output = command(home)
        .arg(program)
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .expect("Wine starts");
    Outcome {
        code: output.status.code().expect("an exit code"),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Run the Windows program for a user whose home directory is `home`: Wine sets these variables itself, so a batch file does.
pub fn as_user(home: &Path, dir: &Path, args: &[&str]) -> Outcome {
    let windows = |path: PathBuf| format!("Z:{}", path.display()).replace('/', "\\");
    let mut lines = vec!["@echo off".to_owned()];
    for (name, below) in [
        ("USERPROFILE", ""),
        ("APPDATA", "AppData/Roaming"),
        ("LOCALAPPDATA", "AppData/Local"),
    ] {
        lines.push(format!("set {name}={}", windows(home.join(below))));
    }
    lines.push(format!("{} %*", windows(program().to_owned())));
    let script = home.with_extension("bat");
    fs::write(&script, lines.join("\r\n") + "\r\n").expect("a batch file");
    run(
        Path::new("cmd"),
        dir,
        &[&["/c", &windows(script)], args].concat(),
    )
}

/// Start a program under Wine and leave it running.
pub fn start(program: &Path, env: &[(&str, &str)]) -> Child {
    let home = self::program().parent().expect("a directory");
    let mut command = command(home);
    command.arg(program).envs(env.iter().copied());
    let command = command.stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(Stdio::null()).spawn().expect("Wine starts")
}

/// Generate a project, build its server for Windows, and lay it beside the program.
pub fn server() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let generated = root.join("target/generated");
    let project = generated.join("windows/notes");
    if project.exists() {
        fs::remove_dir_all(&project).expect("the project of an earlier run");
    }
    must(
        Command::new(env!("CARGO_BIN_EXE_create-mcp-server"))
            .args(["new", "--yes", "--no-git", "--quiet"])
            .arg(&project),
    );
    let lock = root.join("tests/locks/Cargo.lock");
    fs::copy(lock, project.join("Cargo.lock")).expect("the committed versions");
    let target = generated.join("target");
    must(
        Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--target", TARGET])
            .current_dir(project)
            .env("CARGO_TARGET_DIR", &target)
            .env("CARGO_NET_OFFLINE", "false")
            .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", COMPILER)
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_PROFILE_DEV_DEBUG", "false"),
    );
    let server = program().with_file_name("notes.exe");
    fs::copy(target.join(TARGET).join("debug/notes.exe"), &server).expect("the server for Windows");
    server
}

/// The program with the one library beside it that old Wine lacks, built once.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        must(
            Command::new(env!("CARGO"))
                .args(["build", "--quiet", "--locked", "--target", TARGET])
                .current_dir(root)
                .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", COMPILER),
        );
        let home = root.join("target/wine");
        fs::create_dir_all(&home).expect("a directory for Wine");
        let built = Path::new(env!("CARGO_BIN_EXE_create-mcp-server"));
        let target = built.ancestors().nth(2).expect("target/debug/program");
        let program = home.join("create-mcp-server.exe");
        fs::copy(
            target.join(TARGET).join("debug/create-mcp-server.exe"),
            &program,
        )
        .expect("the program for Windows");
        must(
            Command::new(COMPILER)
                .args(["-shared", "-o"])
                .arg(home.join("bcryptprimitives.dll"))
                .arg(root.join("tests/windows/bcryptprimitives.c"))
                .arg("-ladvapi32"),
        );
        // The first run makes Wine's home, which two runs at a time must not do.
        must(command(&home).arg(&program).arg("--version"));
        program
    })
}

/// Wine, with a home of its own in `home`.
fn command(home: &Path) -> Command {
    let mut command = Command::new(loader());
    command.env("WINEPREFIX", home.join("prefix"));
    command.env("WINEDEBUG", "-all").env("NO_COLOR", "1");
    command
}

/// Debian keeps the 64-bit program off PATH.
fn loader() -> &'static Path {
    let debian = Path::new("/usr/lib/wine/wine64");
    if debian.exists() {
        return debian;
    }
    Path::new("wine")
}

fn must(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| {
        panic!("{command:?}: {error}; `.ci/tools all` fetches what this test needs")
    });
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}
