//! A home directory of a user with a project, without the user's real hosts.
#![cfg(unix)]

use std::{fs, path::PathBuf};

use crate::support::{
    python,
    sandbox::{Run, Sandbox},
};

/// A home directory, and a project outside of it that is built.
pub struct Home(pub Sandbox);

impl Home {
    pub fn new() -> Self {
        Self::with(&["-t", "both"])
    }

    pub fn with(options: &[&str]) -> Self {
        let sandbox = Sandbox::new();
        let args = ["work/my-server", "-y", "--no-git"];
        let starter: &[&str] = if options.contains(&"-s") {
            &[]
        } else {
            &["-s", "minimal"]
        };
        let run = sandbox.run(&[&args, starter, options].concat());
        assert_eq!(run.code, Some(0), "{}", run.transcript());
        fs::create_dir(sandbox.path("home")).unwrap();
        let home = Self(sandbox);
        let program = home.project().join("target/release/my-server");
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        fs::write(program.with_extension(std::env::consts::EXE_EXTENSION), "").unwrap();
        home
    }

    pub fn project(&self) -> PathBuf {
        self.0.path("work/my-server")
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.0.path("home").join(below)
    }

    pub fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    pub fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub fn names(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(path)).unwrap().flatten();
        let mut names: Vec<_> = entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// The program in the project, with this home and with no host's own program.
    pub fn command(&self, args: &[&str]) -> assert_cmd::Command {
        let mut command = self.0.command(args);
        self.settle(&mut command);
        command
    }

    fn settle(&self, command: &mut assert_cmd::Command) {
        command.current_dir(self.project());
        let home = self.path("");
        command.env("HOME", &home).env("USERPROFILE", &home);
        command.env("APPDATA", home.join("AppData/Roaming"));
        command.env("LOCALAPPDATA", home.join("AppData/Local"));
        command.env("PATH", self.0.path("bin"));
        for name in [
            "XDG_CONFIG_HOME",
            "CODEX_HOME",
            "CLAUDE_CONFIG_DIR",
            "COPILOT_HOME",
            "CONTINUE_GLOBAL_DIR",
        ] {
            command.env_remove(name);
        }
    }

    pub fn run(&self, args: &[&str]) -> Run {
        self.0.finish(&self.command(args).output().unwrap())
    }

    pub fn install(&self, host: &str, args: &[&str]) -> Run {
        self.run(&[&["install", "--host", host, "--no-check", "-y"], args].concat())
    }

    pub fn uninstall(&self, host: &str, args: &[&str]) -> Run {
        self.run(&[&["uninstall", "--host", host, "-y"], args].concat())
    }

    /// Permissions mean nothing to root, so root runs the program as somebody else.
    pub fn install_as_nobody(&self, host: &str) -> Run {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let open = |path: PathBuf| {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        };
        open(self.0.path(""));
        let copy = self.0.path("program");
        let program = assert_cmd::cargo::cargo_bin("create-mcp-server");
        // Not by this process: another test's child could inherit the open copy, and what is open cannot be run.
        let copied = std::process::Command::new("cp")
            .arg(program)
            .arg(&copy)
            .status();
        assert!(copied.unwrap().success());
        let is_root = self.path("").metadata().unwrap().uid() == 0;
        let mut command = if is_root {
            let mut command = assert_cmd::Command::new("/usr/bin/setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
            command.arg(&copy);
            command
        } else {
            assert_cmd::Command::new(&copy)
        };
        command.args(["install", "--host", host, "--no-check", "-y", "--trust"]);
        self.settle(&mut command);
        self.0.finish(&command.output().unwrap())
    }

    /// A program of that name, which records how it is called.
    pub fn host_program(&self, name: &str, script: &str) {
        fs::create_dir_all(self.0.path("bin")).unwrap();
        let log = self.0.path("calls");
        let script = format!("echo \"$@\" >> '{}'\n{script}", log.display());
        self.0.write_program(&format!("bin/{name}"), &script);
    }

    pub fn calls(&self) -> String {
        let text = fs::read_to_string(self.0.path("calls")).unwrap_or_default();
        let _ = fs::remove_file(self.0.path("calls"));
        text.replace(&self.0.path("").to_string_lossy().into_owned(), "[DIR]/")
    }

    /// The calls that make something; the project's tool is also asked where.
    pub fn builds(&self) -> Vec<String> {
        let calls = self.calls();
        let builds = calls.lines().filter(|line| !line.starts_with("metadata "));
        builds.map(str::to_owned).collect()
    }
}

impl Run {
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.transcript());
        self
    }
}

/// A `cargo` that makes a correct server of another language.
pub fn fake_cargo(home: &Home) -> String {
    let server =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bad_servers/good.py");
    let path = std::env::var("PATH").expect("a PATH");
    let run = format!(
        "exec env PATH='{path}' {} -B '{}'",
        python().display(),
        server.display()
    );
    let made = "target/release/x-server";
    home.host_program(
        "cargo",
        &format!(
            "PATH='{path}'\n[ \"$1\" = run ] && {run}\n[ \"$2\" = --release ] || exit 0\nmkdir -p target/release\n\
             printf '#!/bin/sh\\n%s\\n' \"{run}\" > {made}\nchmod +x {made}\n"
        ),
    );
    format!("{}:{path}", home.0.path("bin").display())
}
