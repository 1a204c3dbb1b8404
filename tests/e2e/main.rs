//! Builds and runs generated projects, and lets programs of other people talk to them.
//!
//! `cargo test --test e2e` tries the default project of each language; the many other tests, which take the better part of an hour,
//! are ignored without `-- --ignored`. The list of tests is made at run time from the templates' manifests. Tools come from
//! `.ci/tools`; a test whose tool is missing fails and says so.

mod add;
#[path = "../it/support/combinations.rs"]
mod combinations;
mod combos;
mod conformance;
#[cfg(unix)]
mod container;
mod environment;
#[cfg(target_os = "linux")]
mod faults;
mod hosts;
mod http;
mod installed;
mod language;
mod locks;
mod oauth;
mod parity;
#[cfg(unix)]
mod picture;
#[cfg(target_os = "linux")]
mod postgres;
mod postgres_server;
mod projects;
mod python;
mod real_servers;
#[cfg(target_os = "linux")]
mod scale_out;
mod settings;
mod shard;
mod support;
mod telemetry;
#[cfg(unix)]
#[path = "../it/support/terminal.rs"]
#[expect(dead_code, reason = "the interview's own tests use more of it")]
mod terminal;
mod third_party;
mod toolhub;
mod worked_example;

use std::io::Read as _;
use std::process::{Child, Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Failed, Trial};

/// Set for the process that tests the Python projects, while another one does everything else: cargo has no part in theirs.
const PYTHON_PROJECTS: &str = "E2E_PYTHON_PROJECTS";

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Cargo keeps all cores busy, and while it builds one project, `cargo run` in another would wait for it.
    arguments.test_threads.get_or_insert(1);
    let chosen = arguments.filter.is_some() || !arguments.skip.is_empty() || arguments.list;
    if chosen {
        return libtest_mimic::run(&arguments, trials()).exit_code();
    }
    let beside = std::env::var_os(PYTHON_PROJECTS).is_some();
    let of_python = |name: &str| {
        ["default::python_", "projects::python_"]
            .iter()
            .any(|it| name.starts_with(it))
    };
    let mut trials = shard::of_this_run(trials());
    trials.retain(|trial| of_python(trial.name()) == beside);
    let python = (!beside).then(python_projects);
    let conclusion = libtest_mimic::run(&arguments, trials);
    if python.is_some_and(|child| !passed(child)) {
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}

/// This program again, for the Python projects.
fn python_projects() -> Child {
    let program = std::env::current_exe().expect("this program's path");
    let mut command = Command::new(program);
    command.args(std::env::args_os().skip(1));
    command.env(PYTHON_PROJECTS, "1").stdout(Stdio::piped());
    command.spawn().expect("this program runs once more")
}

/// Wait for it, and show its output: not before, so that lines of one do not end in lines of the other.
#[expect(clippy::print_stdout, reason = "it is a test program")]
fn passed(mut child: Child) -> bool {
    let mut output = String::new();
    let mut pipe = child.stdout.take().expect("a pipe");
    pipe.read_to_string(&mut output).expect("its output");
    println!("{output}");
    child.wait().expect("its end").success()
}

/// What takes minutes is marked as ignored, as cargo's own tests are: `.ci/test all` runs it.
fn trials() -> Vec<Trial> {
    let mut trials = projects::trials();
    trials.extend(conformance::trials());
    #[cfg(target_os = "linux")]
    trials.extend(faults::trials());
    trials.extend(third_party::trials());
    trials.extend(parity::trials());
    trials.extend(real_servers::trials());
    trials.extend(python::trials());
    trials.extend(oauth::trials());
    trials.extend(toolhub::trials());
    trials.extend(telemetry::trials());
    trials.extend(installed::trials());
    trials.extend(worked_example::trials());
    #[cfg(unix)]
    trials.extend(container::trials());
    #[cfg(unix)]
    trials.extend(picture::trials());
    #[cfg(target_os = "linux")]
    trials.extend(postgres::trials());
    #[cfg(target_os = "linux")]
    trials.extend(scale_out::trials());
    let slow = trials
        .into_iter()
        .map(|trial| trial.with_ignored_flag(true));
    let mut trials: Vec<Trial> = slow.collect();
    trials.extend(locks::trials());
    trials.extend(projects::default_trials());
    trials
}

/// One named test. What went wrong is shown at once, not after the last of many.
#[expect(clippy::print_stderr, reason = "it is a test program")]
fn trial(name: String, test: impl FnOnce() -> anyhow::Result<()> + Send + 'static) -> Trial {
    let shown = name.clone();
    Trial::test(name, move || {
        test().map_err(|error| {
            eprintln!(
                "\n{shown}: {error:#}\n\nrun it alone: cargo test --test e2e -- --include-ignored --exact {shown}"
            );
            Failed::from("see above")
        })
    })
}
