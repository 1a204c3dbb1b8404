//! What `new` costs for Python, beside `cp -r`, the archived scaffolder and a bare `uv sync`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Cost, PROGRAM, Scratch, line, middle, milliseconds, new, quiet, timed};

const ROUNDS: usize = 50;

/// The last release of the official scaffolder, which makes Python projects.
const ARCHIVED: &str = "create-mcp-server==1.0.5";

fn python(target: &Path) -> Command {
    let mut command = new(target);
    command.args(["--language", "python"]);
    command
}

/// `new -l python`, `cp -r` of what it makes and, where it can be had, the archived scaffolder.
pub fn whole_process(scratch: &Scratch) {
    let (model, made, copied) = (
        scratch.path("python-model"),
        scratch.path("python-made"),
        scratch.path("python-copied"),
    );
    timed(&mut python(&model));
    let mut copy = Command::new("cp");
    copy.arg("-r").arg(&model).arg(&copied);
    let (mut copy, mut create) = (quiet(copy), python(&made));
    let (mut copying, mut creating) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        copying.push(timed(&mut copy));
        creating.push(timed(&mut create));
        fs::remove_dir_all(&made).expect("what `new` made");
        fs::remove_dir_all(&copied).expect("what `cp` made");
    }
    let (copying, creating) = (Cost::median(copying), Cost::median(creating));
    let (wall, cpu) = (
        ratio(creating.wall, copying.wall),
        ratio(creating.cpu, copying.cpu),
    );
    let note = format!("by the clock, {cpu:.2} by processor time; goal 2");
    line(
        "`new -l python`",
        &milliseconds(creating.wall),
        &creating.note(),
    );
    line("`new -l python` / `cp -r`", &format!("{wall:.2}"), &note);
    archived(scratch, &creating);
}

fn archived(scratch: &Scratch, creating: &Cost) {
    let Some(program) = archived_program() else {
        line("the archived scaffolder", "-", "it cannot be had here");
        return;
    };
    let costs = (0..5).map(|round| {
        let mut command = Command::new(&program);
        command
            .arg("--path")
            .arg(scratch.path(&format!("archived-{round}")));
        command.args([
            "--name",
            "my-server",
            "--version",
            "0.1.0",
            "--description",
            "x",
        ]);
        command.arg("--no-claudeapp").env("PATH", with_uv());
        timed(&mut quiet(command))
    });
    let archived = Cost::median(costs.collect());
    line(
        "the archived scaffolder",
        &milliseconds(archived.wall),
        &archived.note(),
    );
    let (wall, cpu) = (
        ratio(archived.wall, creating.wall),
        ratio(archived.cpu, creating.cpu),
    );
    let note = format!("by the clock, {cpu:.0} by processor time; goal 50");
    line("the archived / `new`", &format!("{wall:.0}"), &note);
}

/// It is installed beside the tools of the tests, once.
fn archived_program() -> Option<PathBuf> {
    let folder = tools().join("archived");
    let program = folder.join("bin/create-mcp-server");
    if !program.exists() {
        let mut install = Command::new("uv");
        install.args(["tool", "install", "--quiet", ARCHIVED]);
        install.env("PATH", with_uv()).env("UV_TOOL_DIR", &folder);
        install.env("UV_TOOL_BIN_DIR", folder.join("bin"));
        quiet(install).status().ok()?;
    }
    program.exists().then_some(program)
}

/// The step `sync` of `--build`, which also writes the lock, beside `uv sync` by hand of the same lock and of none. All find
/// their packages in uv's cache. What comes after that step is told apart.
pub fn first_build(scratch: &Scratch) {
    let mut costs = [const { Vec::new() }; 5];
    for round in 0..3 {
        let built = scratch.path(&format!("python-built-{round}"));
        let [sync, smoke, check] = build(&built);
        let locked = scratch.path(&format!("python-locked-{round}"));
        timed(&mut python(&locked));
        fs::copy(built.join("uv.lock"), locked.join("uv.lock")).expect("a lock");
        let bare = scratch.path(&format!("python-bare-{round}"));
        timed(&mut python(&bare));
        let by_hand = |project: &Path| {
            let mut sync = Command::new("uv");
            sync.arg("sync").current_dir(project).env("PATH", with_uv());
            timed(&mut quiet(sync)).wall
        };
        let round = [sync, smoke, check, by_hand(&locked), by_hand(&bare)];
        costs
            .iter_mut()
            .zip(round)
            .for_each(|(costs, cost)| costs.push(cost));
    }
    let [sync, smoke, check, locked, bare] = costs.map(middle);
    line("`uv sync` of the lock", &milliseconds(locked), "");
    line("`uv sync` without a lock", &milliseconds(bare), "");
    let note = format!(
        "{:.2} of the former, goal 1.2; {:.2} of the latter",
        ratio(sync, locked),
        ratio(sync, bare)
    );
    line("`--build`: sync", &milliseconds(sync), &note);
    line("`--build`: smoke", &milliseconds(smoke), "");
    line("`--build`: check", &milliseconds(check), "");
}

/// How long each step took, from when the program tells of its end.
fn build(project: &Path) -> [Duration; 3] {
    let mut command = Command::new(PROGRAM);
    command.arg("new").arg(project).args(["--yes", "--no-git"]);
    command.args(["--language", "python", "--build"]);
    command.env("PATH", with_uv()).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let started = Instant::now();
    let mut child = command.spawn().expect("the program starts");
    let told = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut ends = Vec::new();
    for line in told.lines() {
        let line = line.expect("a text");
        if ["sync: ", "smoke: "].iter().any(|end| line.contains(end)) {
            ends.push(started.elapsed());
        }
    }
    assert!(child.wait().expect("the program ends").success());
    let [sync, smoke] = ends[..] else {
        panic!("{} steps have ended", ends.len());
    };
    [
        sync,
        smoke.saturating_sub(sync),
        started.elapsed().saturating_sub(smoke),
    ]
}

fn ratio(of: Duration, to: Duration) -> f64 {
    of.as_secs_f64() / to.as_secs_f64()
}

fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools")
}

/// The way to programs, with the tests' uv in front.
fn with_uv() -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{}:{path}", tools().join("uv/bin").display())
}
