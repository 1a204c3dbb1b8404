//! Filling in what was not given: on a terminal by asking, otherwise by defaults. The only user of dialoguer.

use std::fmt::{self, Write};

use anyhow::Result;
use dialoguer::{
    Confirm, Input, MultiSelect, Select,
    theme::{ColorfulTheme, Theme},
};

use crate::error::{self, Failure};

/// One short question.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// What is asked for, as in "the … is missing".
    pub what: &'a str,
    /// The question itself, with its help.
    pub prompt: &'a str,
    /// What answers it on the command line.
    pub flag: &'a str,
}

/// Checks an answer; the error says what is wrong and how to fix it.
pub type Validate<'a> = &'a dyn Fn(&str) -> Result<()>;

/// Who answers questions.
pub trait Ask {
    /// A line that `validate` accepts; `default` when nothing is typed.
    ///
    /// # Errors
    ///
    /// Fails when there is nobody to answer and no default, or on Ctrl-C.
    fn text(
        &mut self,
        question: Question<'_>,
        default: Option<&str>,
        validate: Validate<'_>,
    ) -> Result<String>;

    /// Index of the chosen one of `choices` (id, help).
    ///
    /// # Errors
    ///
    /// See [`Ask::text`].
    fn choose(
        &mut self,
        question: Question<'_>,
        choices: &[(&str, &str)],
        default: usize,
    ) -> Result<usize>;

    /// Indexes of those of `choices` (id, help) that are picked, perhaps none.
    ///
    /// # Errors
    ///
    /// See [`Ask::text`].
    fn pick(&mut self, question: Question<'_>, choices: &[(&str, &str)]) -> Result<Vec<usize>>;

    /// Yes or no.
    ///
    /// # Errors
    ///
    /// See [`Ask::text`].
    fn confirm(&mut self, question: Question<'_>, default: bool) -> Result<bool>;
}

/// A person at a terminal. Questions go to stderr.
pub struct Terminal(Look);

impl Terminal {
    /// With colours, without them, or (`None`) as the environment says.
    #[must_use]
    pub fn new(colored: Option<bool>) -> Self {
        if let Some(colored) = colored {
            dialoguer::console::set_colors_enabled_stderr(colored);
        }
        crate::ui::remember_terminal();
        Self(Look::default())
    }
}

/// How many lines a choice needs at least.
const MIN_LINES: u16 = 3;

/// What stands between a choice and its help.
const GAP: &str = "  ";

/// dialoguer's look, but an answered choice is shown without its help.
#[derive(Default)]
struct Look(ColorfulTheme);

impl Theme for Look {
    fn format_error(&self, f: &mut dyn Write, error: &str) -> fmt::Result {
        self.0.format_error(f, error)
    }

    fn format_confirm_prompt(
        &self,
        f: &mut dyn Write,
        prompt: &str,
        default: Option<bool>,
    ) -> fmt::Result {
        self.0.format_confirm_prompt(f, prompt, default)
    }

    fn format_confirm_prompt_selection(
        &self,
        f: &mut dyn Write,
        prompt: &str,
        answer: Option<bool>,
    ) -> fmt::Result {
        self.0.format_confirm_prompt_selection(f, prompt, answer)
    }

    fn format_input_prompt(
        &self,
        f: &mut dyn Write,
        prompt: &str,
        default: Option<&str>,
    ) -> fmt::Result {
        self.0.format_input_prompt(f, prompt, default)
    }

    fn format_input_prompt_selection(
        &self,
        f: &mut dyn Write,
        prompt: &str,
        answer: &str,
    ) -> fmt::Result {
        self.0.format_input_prompt_selection(f, prompt, answer)
    }

    fn format_select_prompt(&self, f: &mut dyn Write, prompt: &str) -> fmt::Result {
        self.0.format_select_prompt(f, prompt)
    }

    fn format_select_prompt_selection(
        &self,
        f: &mut dyn Write,
        prompt: &str,
        answer: &str,
    ) -> fmt::Result {
        let id = answer.split(GAP).next().unwrap_or(answer);
        self.0.format_select_prompt_selection(f, prompt, id)
    }

    fn format_select_prompt_item(
        &self,
        f: &mut dyn Write,
        text: &str,
        active: bool,
    ) -> fmt::Result {
        self.0.format_select_prompt_item(f, text, active)
    }

    fn format_multi_select_prompt(&self, f: &mut dyn Write, prompt: &str) -> fmt::Result {
        self.0.format_multi_select_prompt(f, prompt)
    }

    fn format_multi_select_prompt_selection(
        &self,
        f: &mut dyn Write,
        prompt: &str,
        answers: &[&str],
    ) -> fmt::Result {
        let id = |answer: &&'_ str| answer.split(GAP).next().unwrap_or_default().to_owned();
        let ids: Vec<String> = answers.iter().map(id).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        self.0.format_multi_select_prompt_selection(f, prompt, &ids)
    }

    fn format_multi_select_prompt_item(
        &self,
        f: &mut dyn Write,
        text: &str,
        checked: bool,
        active: bool,
    ) -> fmt::Result {
        self.0
            .format_multi_select_prompt_item(f, text, checked, active)
    }
}

impl Ask for Terminal {
    fn text(
        &mut self,
        question: Question<'_>,
        default: Option<&str>,
        validate: Validate<'_>,
    ) -> Result<String> {
        let mut input = Input::<String>::with_theme(&self.0)
            .with_prompt(question.prompt)
            .validate_with(|text: &String| validate(text).map_err(|error| refusal(&error)));
        if let Some(default) = default {
            input = input.default(default.to_owned());
        }
        input
            .interact_text()
            .map_err(|error| broken(error, question))
    }

    fn choose(
        &mut self,
        question: Question<'_>,
        choices: &[(&str, &str)],
        default: usize,
    ) -> Result<usize> {
        enough_lines(question)?;
        Select::with_theme(&self.0)
            .with_prompt(question.prompt)
            .items(columns(choices))
            .default(default)
            .interact()
            .map_err(|error| broken(error, question))
    }

    fn pick(&mut self, question: Question<'_>, choices: &[(&str, &str)]) -> Result<Vec<usize>> {
        enough_lines(question)?;
        MultiSelect::with_theme(&self.0)
            .with_prompt(question.prompt)
            .items(columns(choices))
            .interact()
            .map_err(|error| broken(error, question))
    }

    fn confirm(&mut self, question: Question<'_>, default: bool) -> Result<bool> {
        Confirm::with_theme(&self.0)
            .with_prompt(question.prompt)
            .default(default)
            .interact()
            .map_err(|error| broken(error, question))
    }
}

/// dialoguer panics on a terminal with fewer lines than a list needs.
fn enough_lines(question: Question<'_>) -> Result<()> {
    if dialoguer::console::Term::stderr().size().0 < MIN_LINES {
        let error = std::io::Error::other("the terminal has too few lines");
        return Err(broken(error.into(), question));
    }
    Ok(())
}

/// Choices with their help in a column.
fn columns(choices: &[(&str, &str)]) -> Vec<String> {
    let width = choices.iter().map(|(id, _)| id.len()).max().unwrap_or(0);
    let line = |(id, help): &(&str, &str)| format!("{id:width$}{GAP}{help}").trim_end().to_owned();
    choices.iter().map(line).collect()
}

/// An error on one line, as a prompt shows it.
fn refusal(error: &anyhow::Error) -> String {
    match error::hint(error) {
        Some(hint) => format!("{error:#}; {hint}"),
        None => format!("{error:#}"),
    }
}

fn broken(error: dialoguer::Error, question: Question<'_>) -> anyhow::Error {
    let dialoguer::Error::IO(error) = error;
    if error.kind() == std::io::ErrorKind::Interrupted {
        crate::ui::restore_terminal();
        return Failure::interrupted().into();
    }
    Failure::usage(format!("cannot ask for the {}: {error}", question.what))
        .hint(format!(
            "give {}, or take the defaults with --yes",
            question.flag
        ))
        .into()
}

/// Nobody is there: defaults where they may be taken, and otherwise an error that names the flag.
#[derive(Debug, Clone, Copy)]
pub struct Unattended {
    /// Whether `--yes` was given.
    pub defaults: bool,
}

impl Unattended {
    fn answer<T>(self, question: Question<'_>, default: Option<T>) -> Result<T> {
        let what = question.what;
        match default {
            Some(default) if self.defaults => Ok(default),
            Some(_) => Err(Failure::usage(format!(
                "cannot ask for the {what}: there is no terminal"
            ))
            .hint(format!(
                "give {}, or take the defaults with --yes",
                question.flag
            ))
            .into()),
            None => Err(Failure::usage(format!("the {what} is missing"))
                .hint(format!("give {}", question.flag))
                .into()),
        }
    }
}

impl Ask for Unattended {
    fn text(
        &mut self,
        question: Question<'_>,
        default: Option<&str>,
        _validate: Validate<'_>,
    ) -> Result<String> {
        self.answer(question, default.map(str::to_owned))
    }

    fn choose(
        &mut self,
        question: Question<'_>,
        _choices: &[(&str, &str)],
        default: usize,
    ) -> Result<usize> {
        self.answer(question, Some(default))
    }

    fn confirm(&mut self, question: Question<'_>, default: bool) -> Result<bool> {
        self.answer(question, Some(default))
    }

    fn pick(&mut self, question: Question<'_>, _choices: &[(&str, &str)]) -> Result<Vec<usize>> {
        self.answer(question, Some(Vec::new()))
    }
}
