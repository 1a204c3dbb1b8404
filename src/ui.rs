//! The only printer. Results go to stdout; progress, notes and errors to stderr.

use std::{
    io::{ErrorKind, IsTerminal as _, Write as _},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    cli::GlobalArgs,
    error::{self, Failure},
};

/// Bold, for headings.
pub const BOLD: Style = Style::new().bold();
/// Dim, for what matters less.
pub const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Whether something that was asked for did not reach stdout.
static LOST: AtomicBool = AtomicBool::new(false);

/// How to print, as the user asked.
#[derive(Debug, Clone, Copy)]
pub struct Ui {
    json: bool,
    quiet: bool,
    verbose: bool,
    color: anstream::ColorChoice,
}

impl Ui {
    /// Printing as `global` says.
    #[must_use]
    pub fn new(global: &GlobalArgs) -> Self {
        let color = match global.color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        Self {
            json: global.json,
            quiet: global.quiet,
            verbose: global.verbose,
            color,
        }
    }

    #[must_use]
    pub fn json(self) -> bool {
        self.json
    }

    /// Whether the user wants to see everything.
    #[must_use]
    pub fn verbose(self) -> bool {
        self.verbose
    }

    /// Whether to use colours, if the user said so; otherwise the terminal and the environment decide.
    #[must_use]
    pub fn colored(self) -> Option<bool> {
        match self.color {
            anstream::ColorChoice::Auto => None,
            color => Some(color != anstream::ColorChoice::Never),
        }
    }

    /// Whether a person is there to answer questions.
    #[must_use]
    pub fn can_ask(self) -> bool {
        !self.json
            && !self.quiet
            && std::io::stdin().is_terminal()
            && std::io::stderr().is_terminal()
    }

    /// Print a result for people.
    pub fn result(self, text: &str) {
        if !self.json && !self.quiet {
            self.data(text);
        }
    }

    /// Print a line that was asked for, whatever the verbosity.
    pub fn data(self, text: &str) {
        let mut out = AutoStream::new(std::io::stdout(), self.color);
        // A reader that went away, such as `head`, is no failure of ours.
        if let Err(error) = writeln!(out, "{text}")
            && error.kind() != ErrorKind::BrokenPipe
        {
            LOST.store(true, Ordering::Relaxed);
        }
    }

    /// Print `value` if JSON was asked for.
    pub fn value(self, value: &serde_json::Value) {
        if self.json {
            self.data(&value.to_string());
        }
    }

    /// Tell how things go.
    pub fn note(self, text: &str) {
        if !self.json && !self.quiet {
            self.stderr(text);
        }
    }

    /// Tell that something is done.
    pub fn done(self, text: &str) {
        self.note(&format!("{GOOD}✓{GOOD:#} {text}"));
    }

    /// Tell that something is not as it should be, though it does not stop the run.
    pub fn warn(self, text: &str) {
        self.note(&format!("{BAD}!{BAD:#} {text}"));
    }

    /// Print why the run failed.
    pub fn error(self, error: &anyhow::Error) {
        let message = format!("{error:#}");
        let hint = error::hint(error);
        // A file that a stranger wrote may be quoted in it.
        let shown = |text: &str| text.lines().map(printable).collect::<Vec<_>>().join("\n");
        if self.json {
            let code = error::code(error) as i32;
            let mut value = serde_json::json!({ "code": code, "message": message, "hint": hint });
            let log = error::log(error);
            if !log.is_empty() {
                value["log"] = log.into();
            }
            self.stderr(&value.to_string());
            return;
        }
        if error::code(error) == error::Code::Interrupted {
            self.stderr(&shown(&message));
            return;
        }
        // With --verbose it was shown when it came.
        for line in error::log(error).iter().filter(|_| !self.verbose) {
            self.stderr(&printable(line));
        }
        self.stderr(&format!("{BAD}error:{BAD:#} {}", shown(&message)));
        if let Some(hint) = hint {
            self.stderr(&format!("\n{HINT}hint:{HINT:#} {}", shown(hint)));
        }
    }

    /// Print what `--help` or `--version` asked for.
    pub fn help(self, help: &clap::Error) {
        let mut out = AutoStream::new(std::io::stdout(), self.color);
        let _ = write!(out, "{}", help.render().ansi());
    }

    /// Show on one line that `title` is under way, with the time it takes and the latest line of output.
    #[must_use]
    pub fn progress(self, title: &str) -> Progress {
        let visible = !self.json && !self.quiet && !self.verbose && std::io::stderr().is_terminal();
        if self.verbose {
            self.note(title);
        }
        let bar = if visible {
            let bar = ProgressBar::new_spinner();
            let template = if self.colored() == Some(false) {
                "{spinner} {prefix} ({elapsed}) {wide_msg}"
            } else {
                "{spinner} {prefix} ({elapsed}) {wide_msg:.dim}"
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_prefix(title.to_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        } else {
            ProgressBar::hidden()
        };
        Progress { ui: self, bar }
    }

    fn stderr(self, text: &str) {
        let mut out = AutoStream::new(std::io::stderr(), self.color);
        let _ = writeln!(out, "{text}");
    }
}

/// A line on the terminal while something is under way; gone when dropped.
pub struct Progress {
    ui: Ui,
    bar: ProgressBar,
}

impl Progress {
    /// Show a line of the tool's output.
    pub fn line(&self, line: &str) {
        let shown = printable(line);
        if self.ui.verbose {
            self.ui.note(&shown);
        } else {
            self.bar.set_message(shown);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Whether all results reached stdout.
///
/// # Errors
///
/// Fails when one was lost, as on a full disk.
pub fn delivered() -> anyhow::Result<()> {
    if LOST.load(Ordering::Relaxed) {
        return Err(Failure::failed("cannot write the result to stdout").into());
    }
    Ok(())
}

/// `text` without anything that could move the cursor or change the terminal.
#[must_use]
pub fn printable(text: &str) -> String {
    anstream::adapter::strip_str(text)
        .to_string()
        .chars()
        .map(|c| if c == '\t' { ' ' } else { c })
        .filter(|c| !c.is_control())
        .collect()
}

/// The settings of the terminal before the first question changed them.
#[cfg(unix)]
static SETTINGS: std::sync::OnceLock<rustix::termios::Termios> = std::sync::OnceLock::new();

/// Note how the terminal is set, for [`restore_terminal`].
pub fn remember_terminal() {
    #[cfg(unix)]
    if let Ok(settings) = rustix::termios::tcgetattr(std::io::stdin()) {
        let _ = SETTINGS.set(settings);
    }
}

/// Undo what a question that is cut short leaves behind: a hidden cursor, keys that are not shown.
pub fn restore_terminal() {
    #[cfg(unix)]
    if let Some(settings) = SETTINGS.get() {
        let now = rustix::termios::OptionalActions::Now;
        let _ = rustix::termios::tcsetattr(std::io::stdin(), now, settings);
    }
    let mut out = std::io::stderr();
    if out.is_terminal() {
        let _ = out.write_all(b"\x1b[?25h\n");
    }
}
