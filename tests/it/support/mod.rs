//! Helpers that several modules use.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

pub mod combinations;
pub mod faulty;
pub mod parse;
pub mod sandbox;
#[cfg(unix)]
pub mod terminal;
pub mod tree;

/// The interpreter itself: what a version manager puts in its place takes longer to start than Python does.
pub fn python() -> &'static Path {
    static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
        let name = if cfg!(windows) { "python" } else { "python3" };
        let script = "import sys; print(sys.executable, end='')";
        let output = Command::new(name).args(["-c", script]).output();
        let output = output.unwrap_or_else(|error| panic!("{name}: {error}; install it"));
        String::from_utf8(output.stdout).expect("UTF-8").into()
    });
    &PYTHON
}

/// Of cases that resemble each other, a test tries one in `share`, and all of them for `.ci/test all`, which sets `THOROUGH`.
pub fn every(share: usize) -> usize {
    if std::env::var_os("THOROUGH").is_some() {
        1
    } else {
        share
    }
}
