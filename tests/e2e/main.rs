//! Builds and runs generated projects, and lets programs of other people talk to them.
//!
//! Slow: minutes, most of them the compiler's. `cargo test --lib --bins --test it` is the inner loop. The list of tests is made at
//! run time from the templates' manifests. Tools come from `.ci/tools test`; a test whose tool is missing fails and says so.

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
mod oauth;
mod parity;
#[cfg(unix)]
mod picture;
#[cfg(target_os = "linux")]
mod postgres;
mod postgres_server;
mod projects;
mod python;
#[cfg(target_os = "linux")]
mod scale_out;
mod settings;
mod support;
mod telemetry;
#[cfg(unix)]
#[path = "../it/support/terminal.rs"]
#[expect(dead_code, reason = "the interview's own tests use more of it")]
mod terminal;
mod third_party;
mod toolhub;

use std::io::Read as _;
use std::process::{Child, Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Failed, Trial};

/// Set for the process that builds the Python projects, while another one does everything else: cargo has no part in theirs.
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
    let mut trials = trials();
    trials.retain(|trial| trial.name().starts_with("projects::python_") == beside);
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
    command.env(PYTHON_PROJECTS, "1").stdout(Stdio::piped());
    command.spawn().expect("this program runs once more")
}

/// Wait for it, and show what it told: not before, so that lines of one do not end in lines of the other.
#[expect(clippy::print_stdout, reason = "it is a test program")]
fn passed(mut child: Child) -> bool {
    let mut told = String::new();
    let mut pipe = child.stdout.take().expect("a pipe");
    pipe.read_to_string(&mut told).expect("what it told");
    println!("{told}");
    child.wait().expect("its end").success()
}

fn trials() -> Vec<Trial> {
    let mut trials = projects::trials();
    trials.extend(conformance::trials());
    #[cfg(target_os = "linux")]
    trials.extend(faults::trials());
    trials.extend(third_party::trials());
    trials.extend(parity::trials());
    trials.extend(python::trials());
    trials.extend(oauth::trials());
    trials.extend(toolhub::trials());
    trials.extend(telemetry::trials());
    trials.extend(installed::trials());
    #[cfg(unix)]
    trials.extend(container::trials());
    #[cfg(unix)]
    trials.extend(picture::trials());
    #[cfg(target_os = "linux")]
    trials.extend(postgres::trials());
    #[cfg(target_os = "linux")]
    trials.extend(scale_out::trials());
    trials
}

/// One named test. What went wrong is told at once, not after the last of many.
#[expect(clippy::print_stderr, reason = "it is a test program")]
fn trial(name: String, test: impl FnOnce() -> anyhow::Result<()> + Send + 'static) -> Trial {
    let shown = name.clone();
    Trial::test(name, move || {
        test().map_err(|error| {
            eprintln!("\n{shown}: {error:#}");
            Failed::from("see above")
        })
    })
}
