//! The built program in an empty directory of its own.

use std::{fs, path::PathBuf, process::Output};

use assert_cmd::Command;
use tempfile::TempDir;

/// A directory for one test, gone at its end.
pub struct Sandbox(TempDir);

/// How a run ended.
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Sandbox {
    pub fn new() -> Self {
        Self(TempDir::new().expect("temporary directory"))
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    pub fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).expect("write a file");
    }

    /// A shell script that can be run as a program.
    #[cfg(unix)]
    pub fn write_program(&self, path: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        self.write(path, &format!("#!/bin/sh\n{script}"));
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.path(path), mode).expect("make it executable");
    }

    /// The program, in this directory, without a terminal and without the environment's wishes for color or year.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::cargo_bin("create-mcp-server").expect("the program is built");
        command
            .args(args)
            .current_dir(self.0.path())
            .env("SOURCE_DATE_EPOCH", "1767225600")
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE");
        command
    }

    pub fn run(&self, args: &[&str]) -> Run {
        self.finish(&self.command(args).output().expect("the program runs"))
    }

    /// The outcome with this directory's path replaced by `[DIR]`.
    pub fn finish(&self, output: &Output) -> Run {
        let clean = |bytes: &[u8]| {
            let full = self.0.path().canonicalize().expect("the directory exists");
            String::from_utf8_lossy(bytes)
                .replace(&full.to_string_lossy().into_owned(), "[DIR]")
                .replace(&self.0.path().to_string_lossy().into_owned(), "[DIR]")
        };
        Run {
            code: output.status.code(),
            stdout: clean(&output.stdout),
            stderr: clean(&output.stderr),
        }
    }
}

impl Run {
    /// Everything that the run showed, for a snapshot.
    pub fn transcript(&self) -> String {
        let code = self
            .code
            .map_or("signal".to_owned(), |code| code.to_string());
        format!(
            "exit code: {code}\n----- stdout -----\n{}----- stderr -----\n{}",
            self.stdout, self.stderr
        )
    }
}
