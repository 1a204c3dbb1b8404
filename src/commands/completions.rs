//! `completions`: a script with which a shell asks this program what can come next, and the answers to that. They know the
//! short form of `new` and the primitives of the project.

use std::{
    ffi::{OsStr, OsString},
    io,
    path::Path,
};

use anyhow::{Context as _, Result};
use clap::{ColorChoice, Command, builder::PossibleValuesParser};
use clap_complete::{
    engine,
    env::{EnvCompleter, Shells},
};
use serde_json::json;

use crate::{
    cli::{self, CompletionsArgs, GlobalArgs},
    owner::Trust,
    project::Project,
    template::{Template, manifest::Kind},
    ui::Ui,
};

/// What a script sets to the name of its shell when it asks.
const SHELL: &str = "CREATE_MCP_SERVER_COMPLETE";
const PROGRAM: &str = "create-mcp-server";

/// Print the script to stdout, or with `--json` an object with `shell` and `script`.
///
/// # Errors
///
/// Fails when there is no script for the shell, which the command line rules out.
pub fn run(args: &CompletionsArgs, ui: Ui) -> Result<()> {
    let shell = args.shell.to_string();
    let mut script = Vec::new();
    completer(&shell)?.write_registration(SHELL, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    let script = String::from_utf8_lossy(&script);
    let script = script.trim();
    if ui.json() {
        ui.value(&json!({ "shell": shell, "script": script }));
    } else {
        ui.data(script);
    }
    Ok(())
}

/// What can come next on the command line that a shell asks about; `None` when none does.
#[must_use]
pub fn answer(args: &[OsString], templates: &[Template<'_>]) -> Option<Result<()>> {
    let shell = std::env::var(SHELL).ok()?;
    // The words of the command line come after `--`.
    let words = args.iter().skip_while(|word| *word != "--").skip(1);
    Some(complete(&shell, words.cloned().collect(), templates))
}

fn complete(shell: &str, words: Vec<OsString>, templates: &[Template<'_>]) -> Result<()> {
    let here = std::env::current_dir().ok();
    let candidates = if shell == "bash" {
        for_bash(words, here.as_deref(), templates)
    } else {
        let mut candidates = Vec::new();
        let mut command = possible(&words, templates);
        let found =
            completer(shell)?.write_complete(&mut command, words, here.as_deref(), &mut candidates);
        found.map(|()| String::from_utf8_lossy(&candidates).into_owned())
    };
    let candidates = candidates.context("cannot complete this command line")?;
    // As it is: bash gets a control character between candidates.
    let raw = GlobalArgs {
        color: ColorChoice::Always,
        ..GlobalArgs::guess(&[])
    };
    Ui::new(&raw).data(candidates.trim_end_matches('\n'));
    Ok(())
}

/// What bash is offered. Its script says by variables which word is asked about, and what goes between candidates.
fn for_bash(
    words: Vec<OsString>,
    here: Option<&Path>,
    templates: &[Template<'_>],
) -> io::Result<String> {
    let variable = |name: &str| std::env::var(name).ok();
    let index = variable("_CLAP_COMPLETE_INDEX").and_then(|index| index.parse().ok());
    let (words, index, typed) = rejoined(words, index.unwrap_or_default());
    let mut command = possible(&words, templates);
    let candidates = engine::complete(&mut command, words, index, here)?;
    let values = candidates.iter().map(|it| it.get_value().to_string_lossy());
    let values: Vec<_> = values
        .filter_map(|value| value.strip_prefix(&typed).map(str::to_owned))
        .collect();
    let between = variable("_CLAP_IFS").unwrap_or_else(|| "\n".to_owned());
    Ok(values.join(&between))
}

/// Undo what bash does to a word with `=` in it: `--flag=value` is three words there, and only the last one is replaced. A
/// flag and its value become two words, which means the same. Gives the words, the index of the one that is asked about, and
/// what that begins with but candidates must not.
fn rejoined(words: Vec<OsString>, index: usize) -> (Vec<OsString>, usize, String) {
    let mut whole: Vec<OsString> = Vec::new();
    let (mut asked, mut typed) = (index, String::new());
    let mut open = false;
    for (at, word) in words.into_iter().enumerate() {
        let sign = word == "=" && at < index;
        match whole.last_mut() {
            Some(flag) if sign && flag.as_encoded_bytes().starts_with(b"-") => asked -= 1,
            Some(start) if sign || open => {
                start.push(word);
                asked -= 1;
                open = sign;
                if sign && at + 1 == index {
                    typed = start.to_string_lossy().into_owned();
                }
            }
            _ => whole.push(word),
        }
    }
    (whole, asked, typed)
}

fn completer(shell: &str) -> Result<&'static dyn EnvCompleter> {
    const SHELLS: Shells<'static> = Shells::builtins();
    SHELLS
        .completer(shell)
        .with_context(|| format!("there are no completions for `{shell}`"))
}

/// The command line as it can be written: without hidden flags, with those of `new` at its start too, and with the names
/// of the primitives that `remove` can take out.
fn possible(words: &[OsString], templates: &[Template<'_>]) -> Command {
    let whole = visible(&cli::command(templates));
    let names = primitives(words);
    let new = whole.find_subcommand("new").cloned().unwrap_or_default();
    whole
        .args(new.get_arguments().cloned())
        .mut_subcommand("remove", |remove| {
            remove.mut_arg("name", |name| {
                name.value_parser(PossibleValuesParser::new(names))
            })
        })
}

fn visible(command: &Command) -> Command {
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
    let about = command.get_about().cloned().unwrap_or_default();
    Command::new(command.get_name().to_owned())
        .about(about)
        .args(shown.cloned())
        .subcommands(command.get_subcommands().map(visible))
}

/// The primitives of the project that `words` are about, of the kind that is among them.
fn primitives(words: &[OsString]) -> Vec<String> {
    let value = |flag: &OsString| {
        let at = words.iter().position(|word| word == flag)?;
        words.get(at + 1)
    };
    let root = value(&"--project".into()).map_or(Path::new("."), Path::new);
    let kinds = [Kind::Tool, Kind::Resource, Kind::Prompt];
    let is_kind = |kind: &Kind| words.iter().any(|word| word == OsStr::new(kind.as_str()));
    let Ok(project) = Project::find(root, &Trust::to_read()) else {
        return Vec::new();
    };
    let kind = kinds.into_iter().find(is_kind);
    // A stranger's answers file must not put a command on the user's command line.
    let is_word = |name: &str| {
        name.chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    let known = project.primitives().into_iter();
    let known = known.filter(|it| Some(it.kind) == kind && is_word(&it.name));
    known.map(|primitive| primitive.name.clone()).collect()
}
