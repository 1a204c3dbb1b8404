//! Generated Python projects: what their own CI does, and `check`.
//!
//! All of them share one environment, to which uv only adds the project itself, and one cache. A project does not know of it:
//! the variables say so from outside.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::environment::Environment;
use crate::support::{PROGRAM, Project, generated, run, tool};

/// Formatted, lint-clean, typed, safe, and passes its own tests.
pub fn passes(project: &Project, environment: &Environment) -> Result<()> {
    sync(project)?;
    linted(project)?;
    python(project, &["-m", "mypy"])?;
    python(project, &["-m", "bandit", "--quiet", "--recursive", "src"])?;
    let mut tests = command(&project.dir, &venv().join("bin/python"));
    tests.args(["-m", "pytest", "--quiet"]);
    let tests = run(tests.envs(environment.env.clone()))?;
    ensure!(tests.contains(" passed"), "no test ran:\n{tests}");
    Ok(())
}

/// Make the environment that all projects share this project's.
pub fn sync(project: &Project) -> Result<()> {
    uv(project, &["sync"]).map(drop)
}

/// Write `uv.lock`.
#[cfg(unix)]
pub fn lock(project: &Project) -> Result<()> {
    uv(project, &["lock"]).map(drop)
}

/// The project's program, once its environment is there: see [`sync`].
pub fn server(project: &Project) -> Command {
    let mut server = command(&project.dir, &venv().join("bin/python"));
    server.args(["-m", &project.name.replace('-', "_")]);
    server
}

/// The program under test, which finds uv.
pub fn with_tools(dir: &Path) -> Result<Command> {
    let path = std::env::var("PATH").context("a PATH")?;
    let tools = uv_path()?;
    let tools = tools.parent().context("a folder of tools")?;
    let mut program = command(dir, PROGRAM.as_ref());
    program.env("PATH", format!("{}:{path}", tools.display()));
    Ok(program)
}

/// Write `uv.lock`.
#[cfg(unix)]
pub fn lock(project: &Project) -> Result<String> {
    uv(project, &["lock"])
}

/// The layout of the code does not depend on the names in it.
pub fn is_formatted(project: &Project) -> Result<()> {
    if !venv().exists() {
        sync(project)?;
    }
    linted(project)
}

fn linted(project: &Project) -> Result<()> {
    python(project, &["-m", "ruff", "format", "--check"])?;
    python(project, &["-m", "ruff", "check"]).map(drop)
}

fn venv() -> PathBuf {
    generated().join("python")
}

fn uv_path() -> Result<PathBuf> {
    tool("uv", "bin/uv")
}

fn uv(project: &Project, args: &[&str]) -> Result<String> {
    run(command(&project.dir, &uv_path()?).args(args).arg("--quiet"))
}

fn python(project: &Project, args: &[&str]) -> Result<String> {
    let python = venv().join("bin/python");
    run(command(&project.dir, &python).args(args))
}

fn command(dir: &Path, program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(dir)
        .env("UV_PROJECT_ENVIRONMENT", venv())
        .env("UV_CACHE_DIR", generated().join("uv-cache"));
    command
}
