//! The programs of each language: one on its SDK alone, and two that are generated.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is measured of one language.
pub struct Programs {
    pub language: &'static str,
    /// The SDK that `bare` uses and nothing else.
    pub sdk: &'static str,
    pub bare: Program,
    pub minimal: Program,
    pub toolhub: Program,
    /// Calls a second of a generated server beside the bare one: over HTTP, over stdio.
    pub goals: [f64; 2],
}

/// A file to run, with an interpreter or without.
pub struct Program {
    file: PathBuf,
    argument: Option<PathBuf>,
}

impl Program {
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.file);
        command.args(&self.argument);
        // Else every start would compile the SDK.
        command.env_remove("PYTHONDONTWRITEBYTECODE");
        command
    }
}

pub fn rust() -> Programs {
    let generated = |starter| release(&generated("rust", starter));
    Programs {
        language: "rust",
        sdk: "rmcp",
        bare: release(&bare("rust", ["Cargo.toml", "main.rs"])),
        minimal: generated("minimal"),
        toolhub: generated("toolhub"),
        goals: [0.85, 0.9],
    }
}

/// Compile into one target directory.
fn release(project: &Path) -> Program {
    let target = root().join("target");
    let mut command = Command::new("cargo");
    command.args(["build", "--release", "--quiet", "--target-dir"]);
    command.arg(&target).current_dir(project);
    assert!(command.status().expect("cargo").success());
    let name = project.file_name().expect("a name");
    Program {
        file: target.join("release").join(name),
        argument: None,
    }
}

/// None without uv, which `.ci/tools` fetches.
pub fn python() -> Option<Programs> {
    let project = |starter| environment(&generated("python", starter));
    let (minimal, toolhub) = (project("minimal")?, project("toolhub")?);
    // An environment of its own: uvicorn uses what it finds there.
    let bare = bare("python", ["pyproject.toml", "server.py"]);
    let program = |environment: &Path, starter| Program {
        file: environment.join(format!("bin/bench-{starter}")),
        argument: None,
    };
    Some(Programs {
        language: "python",
        sdk: "mcp",
        bare: Program {
            file: environment(&bare)?.join("bin/python"),
            argument: Some(bare.join("server.py")),
        },
        minimal: program(&minimal, "minimal"),
        toolhub: program(&toolhub, "toolhub"),
        goals: [0.9, 0.9],
    })
}

/// Install a project and what it needs.
fn environment(project: &Path) -> Option<PathBuf> {
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/uv/bin/uv");
    let uv = Some(fetched).filter(|uv| uv.exists());
    let mut sync = Command::new(uv.unwrap_or_else(|| "uv".into()));
    sync.args(["sync", "--quiet", "--no-dev", "--compile-bytecode"]);
    sync.current_dir(project).stdin(Stdio::null());
    let synced = sync.status().is_ok_and(|status| status.success());
    synced.then(|| project.join(".venv"))
}

fn generated(language: &str, starter: &str) -> PathBuf {
    let project = root().join(language).join(format!("bench-{starter}"));
    if project.exists() {
        fs::remove_dir_all(&project).expect("the last run's project");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_create-mcp-server"));
    command.arg("new").arg(&project);
    command.args(["--language", language, "--starter", starter]);
    command.args(["--transport", "both", "--auth", "bearer"]);
    let options = ["--yes", "--no-git", "--no-build", "--quiet"];
    assert!(command.args(options).status().expect("a program").success());
    project
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench")
}

/// A copy, since lock files and environments come beside the manifest.
fn bare(language: &str, files: [&str; 2]) -> PathBuf {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/servers/bare");
    let copy = root().join(language).join("bare");
    fs::create_dir_all(&copy).expect("a directory");
    for file in files {
        fs::copy(sources.join(file), copy.join(file)).expect("a copy");
    }
    copy
}
