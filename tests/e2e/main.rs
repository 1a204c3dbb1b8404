//! Builds and runs generated projects, and lets programs of other people talk to them.
//!
//! Slow: minutes, most of them the compiler's. `cargo test --lib --bins --test it` is the inner loop. The list of tests is made at
//! run time from the templates' manifests. Tools come from `.ci/tools test`; a test whose tool is missing fails and says so.

#[path = "../it/support/combinations.rs"]
mod combinations;
mod combos;
#[cfg(unix)]
mod container;
mod hosts;
#[cfg(unix)]
mod picture;
mod projects;
mod settings;
mod support;
#[cfg(unix)]
#[path = "../it/support/terminal.rs"]
#[expect(dead_code, reason = "the interview's own tests use more of it")]
mod terminal;
mod third_party;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let mut trials = projects::trials();
    trials.extend(third_party::trials());
    #[cfg(unix)]
    trials.extend(container::trials());
    #[cfg(unix)]
    trials.extend(picture::trials());
    let mut arguments = Arguments::from_args();
    // Cargo keeps all cores busy, and while it builds one project, `cargo run` in another would wait for it.
    arguments.test_threads.get_or_insert(1);
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// One named test.
fn trial(name: String, test: impl FnOnce() -> anyhow::Result<()> + Send + 'static) -> Trial {
    Trial::test(name, move || {
        test().map_err(|error| Failed::from(format!("{error:#}")))
    })
}
