//! The program on a terminal: keys in, a screen out.

use std::{num::NonZero, path::Path, process::Stdio};

use serde_json::json;

pub const ENTER: &str = "\r";
pub const DOWN: &str = "\x1b[B";
pub const ESC: &str = "\x1b";
pub const CTRL_C: &str = "\x03";

/// What a terminal showed in the end.
pub struct Screen {
    pub code: Option<i32>,
    pub parser: vt100::Parser,
    raw: String,
}

impl Screen {
    /// The text on the screen, with what had scrolled away.
    pub fn text(&self) -> String {
        self.parser.screen().contents()
    }

    pub fn cursor_is_visible(&self) -> bool {
        !self.parser.screen().hide_cursor()
    }

    /// Everything that was ever shown.
    pub fn raw(&self) -> &str {
        &self.raw
    }
}

/// How large a terminal is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub columns: u16,
    pub rows: u16,
}

/// With more rows than any run shows, so that nothing scrolls away.
const LONG: Size = Size {
    columns: 108,
    rows: 200,
};

/// How long nothing may be shown; a running step shows the time it takes.
const SECONDS: &str = "120";

/// Run `program` with `args` in `directory`; `answers` are pairs of a text to wait for and the keys to press then.
pub fn run(program: &Path, args: &[&str], directory: &Path, answers: &[(&str, &str)]) -> Screen {
    run_on(LONG, program, args, directory, answers)
}

/// Where Rust's tools live, which they find by the home directory otherwise.
fn tool_homes() -> Vec<(&'static str, std::path::PathBuf)> {
    let home = std::env::home_dir().expect("a home directory");
    let place = |name: &'static str, below: &str| {
        let given = std::env::var_os(name).map(std::path::PathBuf::from);
        (name, given.unwrap_or_else(|| home.join(below)))
    };
    vec![
        place("CARGO_HOME", ".cargo"),
        place("RUSTUP_HOME", ".rustup"),
    ]
}

/// The same on a terminal of that size.
pub fn run_on(
    size: Size,
    program: &Path,
    args: &[&str],
    directory: &Path,
    answers: &[(&str, &str)],
) -> Screen {
    let mut script = Vec::new();
    for (wait, keys) in answers {
        serde_json::to_writer(&mut script, &json!([wait, keys])).expect("write to memory");
        script.push(b'\n');
    }
    let helper = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/terminal.py");
    let mut command = std::process::Command::new("python3");
    command
        .arg(helper)
        .args([
            size.columns.to_string(),
            size.rows.to_string(),
            SECONDS.to_owned(),
        ])
        .arg(program)
        .args(args)
        .current_dir(directory)
        // No app of the user's own is offered.
        .env("HOME", directory)
        .envs(tool_homes())
        .env("TERM", "xterm-256color")
        .env("COLORTERM", "")
        .env_remove("NO_COLOR")
        .env_remove("CI")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .expect("python3 runs (install it; it gives the tests a terminal)");
    std::io::Write::write_all(&mut child.stdin.take().expect("stdin"), &script)
        .expect("write the answers");
    let output = child.wait_with_output().expect("python3 ends");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        complaint.is_empty(),
        "{complaint}\n{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let cells = |count| NonZero::new(count).expect("not zero");
    let mut parser = vt100::Parser::new(cells(size.rows), cells(size.columns), 0);
    parser.process(&output.stdout);
    Screen {
        code: output.status.code(),
        parser,
        raw: String::from_utf8_lossy(&output.stdout).into_owned(),
    }
}
