//! What `new` costs beside `cp -r` of the same tree, and `add` and `install` beside `--version`, in the same run. Prints;
//! judges nothing, since machines differ.
//!
//! `cargo bench` takes seconds. `BENCH_BUILD=1 cargo bench` also compares `--build` with cargo and uv by hand, which takes
//! minutes.

#[path = "new/python.rs"]
mod python;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use create_mcp_server::{
    answers::Answers,
    spec::ProjectSpec,
    template::{self, compose::compose},
};
use wait4::Wait4 as _;

const PROGRAM: &str = env!("CARGO_BIN_EXE_create-mcp-server");
const ROUNDS: usize = 200;

fn main() {
    // First, while this process is small: the system counts what a child shares with it before it becomes the program.
    let scratch = Scratch::new();
    memory(&scratch);
    size();
    rendering();
    whole_process(&scratch);
    python::whole_process(&scratch);
    adding(&scratch);
    installing(&scratch);
    if std::env::var_os("BENCH_BUILD").is_some() {
        first_build(&scratch);
        python::first_build(&scratch);
    }
}

/// A directory below `target`, on the file system where projects are: `/tmp` may be memory.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
        let path = root.join(format!("bench-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a scratch directory");
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing that matters is left behind.
        drop(fs::remove_dir_all(&self.0));
    }
}

fn new(target: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("new").arg(target);
    command.args(["--yes", "--no-git", "--no-build"]);
    quiet(command)
}

fn quiet(mut command: Command) -> Command {
    command.stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn memory(scratch: &Scratch) {
    let mut peaks: Vec<u64> = (0..10)
        .map(|round| {
            let mut command = new(&scratch.path(&format!("memory-{round}")));
            let mut child = command.spawn().expect("the program starts");
            let used = child.wait4().expect("the program ends");
            used.rusage.maxrss
        })
        .collect();
    peaks.sort_unstable();
    let peak = peaks[peaks.len() - 1];
    line("peak memory of `new`", &mebibytes(peak), "goal 20 MiB");
}

fn size() {
    let bytes = fs::metadata(PROGRAM).expect("the program").len();
    line("size of the program", &mebibytes(bytes), "goal 8 MB");
}

fn rendering() {
    let load = || template::embedded().expect("the templates load");
    let answers = Answers {
        name: Some("my-server".to_owned()),
        ..Answers::default()
    };
    let render = |templates: &[template::Template<'_>]| {
        let spec = ProjectSpec::new(&answers, &templates[0]).expect("valid answers");
        compose(&templates[0], &spec)
            .expect("the project renders")
            .tree
            .len()
    };
    let templates = load();
    let files = render(&templates);
    let loading = median(|| drop(load()));
    let rendering = median(|| {
        render(&templates);
    });
    line("loading the templates", &milliseconds(loading), "");
    let note = format!("{files} files; goal 2 ms with loading");
    line("rendering in memory", &milliseconds(rendering), &note);
}

/// `new` and `cp -r`, one after the other in each round, so that both meet the same machine.
fn whole_process(scratch: &Scratch) {
    let (model, made, copied) = (
        scratch.path("model"),
        scratch.path("made"),
        scratch.path("copied"),
    );
    timed(&mut new(&model));
    let mut copy = Command::new("cp");
    copy.arg("-r").arg(&model).arg(&copied);
    let mut commands = [version(), quiet(copy), new(&made)];
    let mut costs = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (command, costs) in commands.iter_mut().zip(&mut costs) {
            costs.push(timed(command));
        }
        fs::remove_dir_all(&made).expect("what `new` made");
        fs::remove_dir_all(&copied).expect("what `cp` made");
    }
    let [starting, copying, creating] = costs.map(Cost::median);
    let ratio =
        |of: fn(&Cost) -> Duration| of(&creating).as_secs_f64() / of(&copying).as_secs_f64();
    let (wall, cpu) = (ratio(|cost| cost.wall), ratio(|cost| cost.cpu));
    line(
        "`--version`",
        &milliseconds(starting.wall),
        &starting.note(),
    );
    line("`cp -r`", &milliseconds(copying.wall), &copying.note());
    line("`new`", &milliseconds(creating.wall), &creating.note());
    let note = format!("by the clock, {cpu:.2} by processor time; goal 2, aim 1.5");
    line("`new` / `cp -r`", &format!("{wall:.2}"), &note);
}

/// `install --no-check` of a project that is built into a file with a few servers, beside `--version`.
fn installing(scratch: &Scratch) {
    let (project, home) = (scratch.path("installed"), scratch.path("home"));
    timed(&mut new(&project));
    let built = project.join("target/release/installed");
    fs::create_dir_all(built.parent().expect("a directory")).expect("a directory");
    fs::write(built.with_extension(std::env::consts::EXE_EXTENSION), "").expect("a file");
    let list = home.join(".cursor/mcp.json");
    fs::create_dir_all(list.parent().expect("a directory")).expect("a directory");
    let servers: Vec<String> = (0..20)
        .map(|number| format!("    \"server-{number}\": {{\n      \"command\": \"x\"\n    }}"))
        .collect();
    let text = format!(
        "{{\n  \"mcpServers\": {{\n{}\n  }}\n}}\n",
        servers.join(",\n")
    );
    let mut version = version();
    let mut install = Command::new(PROGRAM);
    install.args(["install", "--host", "cursor", "--no-check", "--yes"]);
    install
        .arg(&project)
        .env("HOME", &home)
        .env("USERPROFILE", &home);
    let mut install = quiet(install);
    let (mut starting, mut installing) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        fs::write(&list, &text).expect("a file");
        starting.push(timed(&mut version));
        installing.push(timed(&mut install));
    }
    beside("`install --no-check`", goal(starting), installing);
}

/// `add` of a tool with parameters, and `remove` of it, beside `--version`, in a project of each language.
fn adding(scratch: &Scratch) {
    for template in template::embedded().expect("the templates load") {
        let language = &template.manifest().id;
        let project = scratch.path(&format!("extended-{language}"));
        timed(new(&project).arg("--language").arg(language));
        let of_project = |args: &[&str]| {
            let mut command = Command::new(PROGRAM);
            command
                .args(args)
                .arg("--yes")
                .arg("--project")
                .arg(&project);
            quiet(command)
        };
        let mut version = version();
        let mut add = of_project(&[
            "add",
            "tool",
            "t",
            "--param=a:string",
            "--param=b:integer=3",
        ]);
        let mut remove = of_project(&["remove", "tool", "t"]);
        let (mut starting, mut adding, mut removing) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            starting.push(timed(&mut version));
            adding.push(timed(&mut add));
            removing.push(timed(&mut remove));
        }
        let goal = goal(starting);
        for (verb, costs) in [("add", adding), ("remove", removing)] {
            beside(&format!("`{verb}` ({language})"), goal, costs);
        }
    }
}

fn version() -> Command {
    let mut version = Command::new(PROGRAM);
    version.arg("--version");
    quiet(version)
}

/// Twice the time of `--version`, and 10 ms.
fn goal(starting: Vec<Cost>) -> Duration {
    Cost::median(starting).wall * 2 + Duration::from_millis(10)
}

fn beside(what: &str, goal: Duration, costs: Vec<Cost>) {
    let cost = Cost::median(costs);
    let note = format!("{}; goal {}", cost.note(), milliseconds(goal));
    line(what, &milliseconds(cost.wall), &note);
}

/// What one run took; on a busy machine the processor time says more than the clock.
struct Cost {
    wall: Duration,
    cpu: Duration,
}

impl Cost {
    fn median(costs: Vec<Self>) -> Self {
        let (wall, cpu) = costs.into_iter().map(|cost| (cost.wall, cost.cpu)).unzip();
        Self {
            wall: middle(wall),
            cpu: middle(cpu),
        }
    }

    fn note(&self) -> String {
        format!("{} of processor time", milliseconds(self.cpu))
    }
}

/// The first build by `--build` (it also runs `check`) and by hand, each into an empty target directory.
fn first_build(scratch: &Scratch) {
    let by_hand = scratch.path("by-hand");
    timed(&mut new(&by_hand));
    let mut cargo = Command::new("cargo");
    cargo.arg("build").current_dir(&by_hand);
    let by_hand = timed(&mut quiet(cargo)).wall;
    let mut command = Command::new(PROGRAM);
    command.arg("new").arg(scratch.path("built"));
    command.args(["--yes", "--no-git", "--build"]);
    let built = timed(&mut quiet(command)).wall;
    let over = (built.as_secs_f64() / by_hand.as_secs_f64() - 1.0) * 100.0;
    line("`cargo build` by hand", &milliseconds(by_hand), "");
    let note = format!("{over:+.1} %; goal +5 %");
    line("`new --build`, with `check`", &milliseconds(built), &note);
}

fn timed(command: &mut Command) -> Cost {
    let started = Instant::now();
    let mut child = command.spawn().expect("the program starts");
    let used = child.wait4().expect("the program ends");
    let wall = started.elapsed();
    assert!(used.status.success(), "{command:?}: {}", used.status);
    let cpu = used.rusage.utime + used.rusage.stime;
    Cost { wall, cpu }
}

fn median(work: impl Fn()) -> Duration {
    let times = (0..ROUNDS).map(|_| {
        let started = Instant::now();
        work();
        started.elapsed()
    });
    middle(times.collect())
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

#[expect(clippy::cast_precision_loss, reason = "two decimals are printed")]
fn mebibytes(bytes: u64) -> String {
    format!("{:.2} MiB", bytes as f64 / f64::from(1 << 20))
}

#[expect(clippy::print_stdout, reason = "this is what a benchmark is for")]
fn line(what: &str, value: &str, note: &str) {
    println!("{what:<28} {value:>12}  {note}");
}
