//! Generated Python projects: what their own CI does, and `check`.
//!
//! All of them in one process share one environment, to which uv only adds the project itself, and one cache.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use libtest_mimic::Trial;

use crate::PYTHON_PROJECTS;
use crate::environment::Environment;
use crate::language::Language;
use crate::locks;
use crate::support::{PROGRAM, Project, generated, run, tool, tools_folder};
use crate::trial;

pub fn trials() -> Vec<Trial> {
    let name = "python::pip_alone_installs_a_server_that_answers".to_owned();
    vec![trial(name, pip_alone_installs_a_server_that_answers)]
}

/// Without uv, and so that the first start does not compile anything.
fn pip_alone_installs_a_server_that_answers() -> Result<()> {
    let project = Language::Python.project("pip", "pip-server", &[])?;
    let venv = tempfile::tempdir()?;
    let programs = venv.path().join("bin");
    // Its own interpreter is in an environment of uv's.
    sync(&project)?;
    python(
        &project.dir,
        &["-m", "venv", &venv.path().to_string_lossy()],
    )?;
    let mut pip = Command::new(programs.join("python"));
    pip.envs(packages());
    pip.args(["-m", "pip", "install", "--quiet", "."]);
    run(pip.current_dir(&project.dir))?;
    let mut find = Command::new(programs.join("python"));
    find.args(["-c", "import pip_server.server as it; print(it.__cached__)"]);
    find.env("PYTHONDONTWRITEBYTECODE", "1");
    let compiled = run(find.current_dir(venv.path()))?;
    ensure!(
        Path::new(compiled.trim()).is_file(),
        "{compiled} is not there"
    );
    let mut check = Command::new(PROGRAM);
    check.args(["check", "--timeout=300", "--json", "--"]);
    let report = run(check.arg(programs.join("pip-server")))?;
    ensure!(report.contains("add-note"), "{report}");
    Ok(())
}

/// Formatted, lint-clean, typed, and passes its own tests.
pub fn passes(project: &Project, environment: &Environment) -> Result<()> {
    sync(project)?;
    linted(&project.dir)?;
    python(&project.dir, &["-m", "mypy"])?;
    let mut tests = command(&project.dir, &venv().join("bin/python"));
    tests.args(["-m", "pytest", "--quiet"]);
    // Nothing but what its CI sets: the tests of a project bring the settings of the servers that they start.
    let set_by_ci = environment
        .env
        .iter()
        .filter(|(name, _)| name.starts_with("TEST_"));
    tests.envs(set_by_ci.cloned());
    let tests = run(&mut tests)?;
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
    uv_path()?;
    Ok(command(dir, PROGRAM.as_ref()))
}

/// Projects in `folder`: the layout of their code, which uses the public API of its dependencies only.
pub fn are_formatted(folder: &Path) -> Result<()> {
    if !venv().exists() {
        sync(&Language::Python.project("lint", "lint-server", &[])?)?;
    }
    linted(folder)?;
    let check = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/public_api.py");
    python(folder, &[&check.to_string_lossy(), "."]).map(drop)
}

fn linted(folder: &Path) -> Result<()> {
    python(folder, &["-m", "ruff", "format", "--check"])?;
    python(folder, &["-m", "ruff", "check"]).map(drop)
}

fn venv() -> PathBuf {
    let beside = std::env::var_os(PYTHON_PROJECTS).is_some();
    generated().join(if beside { "python-projects" } else { "python" })
}

fn uv_path() -> Result<PathBuf> {
    tool("uv", "bin/uv")
}

fn uv(project: &Project, args: &[&str]) -> Result<String> {
    run(command(&project.dir, &uv_path()?).args(args).arg("--quiet"))
}

fn python(folder: &Path, args: &[&str]) -> Result<String> {
    let python = venv().join("bin/python");
    run(command(folder, &python).args(args))
}

fn command(dir: &Path, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(dir).envs(variables());
    command
}

/// What uv and Python need here: the way to uv, the environment and the cache. Projects do not know of these.
pub fn variables() -> Vec<(String, String)> {
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let mut variables = vec![
        // Where it is set, every start of a server would compile all of the SDK.
        ("PYTHONDONTWRITEBYTECODE".to_owned(), String::new()),
        ("UV_PROJECT_ENVIRONMENT".to_owned(), text(venv())),
        // Otherwise each project would check the types of all its dependencies anew.
        (
            "MYPY_CACHE_DIR".to_owned(),
            text(venv().join(".mypy_cache")),
        ),
        (
            "UV_CACHE_DIR".to_owned(),
            text(generated().join("uv-cache")),
        ),
    ];
    variables.extend(packages());
    let tools = uv_path().ok();
    if let Some(tools) = tools.as_deref().and_then(Path::parent) {
        let path = std::env::var("PATH").unwrap_or_default();
        variables.push(("PATH".to_owned(), format!("{}:{path}", tools.display())));
    }
    variables
}

/// Where packages come from: the folder with the committed versions, and no registry.
pub fn packages() -> Vec<(String, String)> {
    if locks::latest() {
        return Vec::new();
    }
    let wheels = tools_folder().join(WHEELS).display().to_string();
    let variables = [
        ("UV_NO_INDEX", "1"),
        ("UV_FIND_LINKS", &wheels),
        ("PIP_NO_INDEX", "1"),
        ("PIP_FIND_LINKS", &wheels),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    variables.into()
}

/// The folder of the tools that holds the wheels of `tests/locks`.
const WHEELS: &str = "wheels";

/// uv in `folder`, with the committed versions only or with all there are.
pub fn uv_command(folder: &Path, committed: bool) -> Result<Command> {
    let mut uv = command(folder, &uv_path()?);
    if committed {
        tool(WHEELS, "")?;
    } else {
        for (name, _) in packages() {
            uv.env_remove(name);
        }
    }
    Ok(uv)
}

/// The modules that the committed packages bring: the names at the top of each wheel.
pub fn modules() -> Result<BTreeSet<String>> {
    let script = "import pathlib, sys, zipfile\n\
                  for wheel in pathlib.Path(sys.argv[1]).glob('*.whl'):\n\
                  \x20   for name in zipfile.ZipFile(wheel).namelist():\n\
                  \x20       top, _, below = name.partition('/')\n\
                  \x20       print(top.removesuffix('.py') if below or top.endswith('.py') else '')";
    let listed = run(Command::new("python3")
        .args(["-c", script])
        .arg(tool(WHEELS, "")?))?;
    let modules = listed
        .lines()
        .filter(|name| !name.is_empty() && !name.contains('.'));
    Ok(modules
        .filter(|name| !name.starts_with('_'))
        .map(str::to_owned)
        .collect())
}
