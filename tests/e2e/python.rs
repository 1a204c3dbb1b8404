//! Generated Python projects: what their own CI does, and `check`.
//!
//! All of them share one environment, to which uv only adds the project itself, and one cache. A project does not know of it:
//! the variables say so from outside.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::settings;
use crate::support::{PROGRAM, Project, generated, run, tool};

/// Formatted, lint-clean, typed, safe, tested by its own tests; its settings are documented, and `check` passes.
pub fn verify(project: &Project) -> Result<()> {
    uv(project, &["sync"])?;
    linted(project)?;
    python(project, &["-m", "mypy"])?;
    python(project, &["-m", "bandit", "--quiet", "--recursive", "src"])?;
    let tests = python(project, &["-m", "pytest", "--quiet"])?;
    ensure!(tests.contains(" passed"), "no test ran:\n{tests}");
    let module = project.name.replace('-', "_");
    let mut server = command(project, &environment().join("bin/python"));
    settings::are_documented(project, server.args(["-m", &module]))?;
    let mut check = command(project, PROGRAM.as_ref());
    let path = std::env::var("PATH").context("a PATH")?;
    let tools = uv_path()?;
    let tools = tools.parent().context("a folder of tools")?;
    check.env("PATH", format!("{}:{path}", tools.display()));
    let report = run(check.args(["check", "--json"]).arg(&project.dir))?;
    serde_json::from_str::<serde_json::Value>(&report).context("the report of `check`")?;
    Ok(())
}

/// The layout of the code does not depend on the names in it.
pub fn is_formatted(project: &Project) -> Result<()> {
    if !environment().exists() {
        uv(project, &["sync"])?;
    }
    linted(project)
}

fn linted(project: &Project) -> Result<()> {
    python(project, &["-m", "ruff", "format", "--check"])?;
    python(project, &["-m", "ruff", "check"]).map(drop)
}

fn environment() -> PathBuf {
    generated().join("python")
}

fn uv_path() -> Result<PathBuf> {
    tool("uv", "bin/uv")
}

fn uv(project: &Project, args: &[&str]) -> Result<String> {
    run(command(project, &uv_path()?).args(args).arg("--quiet"))
}

fn python(project: &Project, args: &[&str]) -> Result<String> {
    let python = environment().join("bin/python");
    run(command(project, &python).args(args))
}

fn command(project: &Project, program: &std::path::Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(&project.dir)
        .env("UV_PROJECT_ENVIRONMENT", environment())
        .env("UV_CACHE_DIR", generated().join("uv-cache"));
    command
}
