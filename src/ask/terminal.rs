//! A person at a terminal. The only user of dialoguer: it reads the keys and draws the lists. What stands above them is
//! drawn here, in its look, since it takes a line that the terminal had to wrap for one line when it clears the screen.
//! Questions go to stderr.

use std::io;

use anyhow::Result;
use dialoguer::{
    Confirm, Input, MultiSelect, Select,
    console::{Term, measure_text_width},
    theme::{ColorfulTheme, Theme as _},
};
use unicode_width::UnicodeWidthChar as _;

use super::{
    Ask, Back, Question, Validate,
    look::{INDENT, List, styled, wrapped},
};
use crate::error::{self, Failure};

/// What goes back from a text.
const BACK: &str = "<";
/// How much room the help of a choice needs beside its name.
const MIN_HELP: usize = 24;

/// A person at a terminal.
pub struct Terminal {
    term: Term,
    theme: ColorfulTheme,
    /// How many lines each answered question takes on the screen.
    answered: Vec<usize>,
}

impl Terminal {
    /// With colours, without them, or (`None`) as the environment says.
    #[must_use]
    pub fn new(colored: Option<bool>) -> Self {
        if let Some(colored) = colored {
            dialoguer::console::set_colors_enabled_stderr(colored);
        }
        crate::ui::remember_terminal();
        Self {
            term: Term::stderr(),
            theme: ColorfulTheme::default(),
            answered: Vec::new(),
        }
    }

    /// Columns that a line may fill: a terminal may go on to the next line when its last column is filled.
    fn width(&self) -> usize {
        usize::from(self.term.size().1).saturating_sub(1).max(1)
    }

    /// `text`, which may be styled, in lines that fit.
    fn lines(&self, text: &str, first: &str, rest: &str) -> Vec<String> {
        wrapped(text, self.width(), first, rest)
    }

    /// What stands above the answer: what is wrong with the one before, the question, more about it, the keys.
    fn header(&self, question: Question<'_>, problem: Option<&str>, keys: &str) -> Vec<String> {
        let theme = &self.theme;
        let (asked, more) = question
            .prompt
            .split_once('\n')
            .unwrap_or((question.prompt, ""));
        let mut lines = Vec::new();
        if let Some(problem) = problem {
            let text = styled(|f| theme.format_error(f, problem));
            lines.extend(self.lines(&text, "", INDENT));
        }
        let text = format!(
            "{} {}",
            theme.prompt_prefix,
            theme.prompt_style.apply_to(asked)
        );
        lines.extend(self.lines(&text, "", INDENT));
        for line in more.lines() {
            lines.extend(self.lines(line, INDENT, "    "));
        }
        if !keys.is_empty() {
            let text = theme.hint_style.apply_to(keys).to_string();
            lines.extend(self.lines(&text, INDENT, INDENT));
        }
        lines
    }

    /// Show `header`, let `prompt` get an answer below it, and take it all away again.
    fn below<T>(
        &self,
        question: Question<'_>,
        header: &[String],
        prompt: impl FnOnce(&Self) -> dialoguer::Result<T>,
    ) -> Result<T> {
        let run = || {
            for line in header {
                self.term.write_line(line)?;
            }
            let answer = prompt(self)?;
            self.term.clear_last_lines(header.len())?;
            Ok(answer)
        };
        run().map_err(|error| broken(error, question))
    }

    /// Leave the question and its answer on the screen; or go back, and take away the one before it.
    fn settle<T>(&mut self, question: Question<'_>, answer: Option<(T, String)>) -> Result<T> {
        let Some((answer, shown)) = answer else {
            let lines = self.answered.pop().unwrap_or_default();
            let cleared = self.term.clear_last_lines(lines);
            cleared.map_err(|error| broken(error.into(), question))?;
            return Err(Back.into());
        };
        let asked = question.prompt.lines().next().unwrap_or_default();
        let text = styled(|f| self.theme.format_input_prompt_selection(f, asked, &shown));
        let lines = self.lines(&text, "", INDENT);
        self.answered.push(lines.len());
        let written = lines.iter().try_for_each(|line| self.term.write_line(line));
        written.map_err(|error| broken(error.into(), question))?;
        Ok(answer)
    }

    /// A list below `header`, which may be longer than the screen: how it looks, and how many choices a page may have.
    fn list(
        &self,
        question: Question<'_>,
        header: &[String],
        keys: &str,
        choices: &[(&str, &str)],
    ) -> Result<(List<'_>, usize)> {
        let names = choices.iter().map(|(id, _)| measure_text_width(id)).max();
        let names = names.unwrap_or_default();
        let beside = self.width() >= names + 4 + MIN_HELP;
        let (pad, indent) = if beside { (names, names + 4) } else { (0, 4) };
        let texts = choices
            .iter()
            .map(|(id, help)| format!("{id:pad$}  {help}"));
        let list = List {
            theme: &self.theme,
            width: self.width(),
            keys: keys.to_owned(),
            texts: texts.collect(),
            indent: " ".repeat(indent),
        };
        let above = header.len() + list.hint().len();
        // The cursor stands in the line below.
        let room = usize::from(self.term.size().0).saturating_sub(above + 1) / list.tallest();
        if room == 0 {
            let error = io::Error::other("the terminal has too few lines");
            return Err(broken(error.into(), question));
        }
        Ok((list, room))
    }
}

impl Ask for Terminal {
    fn text(
        &mut self,
        question: Question<'_>,
        default: Option<&str>,
        validate: Validate<'_>,
    ) -> Result<String> {
        let refused = |text: &str| {
            let error = validate(text).err()?;
            let fix = error::fix(&error).filter(|fix| validate(fix).is_ok());
            let fix = fix.unwrap_or(text).to_owned();
            Some((refusal(&error), fix))
        };
        let mut typed = question.typed.unwrap_or_default().to_owned();
        let mut problem = question.typed.and_then(refused);
        loop {
            if let Some((_, fix)) = &problem {
                typed.clone_from(fix);
            }
            let take = default.map(|default| format!("enter takes `{default}`"));
            let back = question.back.then(|| format!("{BACK} goes back"));
            let keys: Vec<String> = take.into_iter().chain(back).collect();
            let problem_text = problem.as_ref().map(|(text, _)| text.as_str());
            let header = self.header(question, problem_text, &keys.join(", "));
            let answer = self.below(question, &header, |terminal| {
                let input = Input::<String>::with_theme(&terminal.theme)
                    .with_initial_text(&typed)
                    .allow_empty(true)
                    .report(false)
                    .interact_text_on(&terminal.term)?;
                terminal.clear_wrapped(&input)?;
                Ok(input)
            })?;
            if question.back && answer.trim() == BACK {
                return self.settle(question, None);
            }
            let answer = match default {
                Some(default) if answer.is_empty() => default.to_owned(),
                _ => answer,
            };
            problem = refused(&answer);
            if problem.is_none() {
                return self.settle(question, Some((answer.clone(), answer)));
            }
        }
    }

    fn secret(&mut self, question: Question<'_>) -> Result<String> {
        let keys = question.back.then(|| format!(", {BACK} goes back"));
        let keys = format!("what you type stays hidden{}", keys.unwrap_or_default());
        let header = self.header(question, None, &keys);
        let answer = self.below(question, &header, |terminal| {
            let prompt = styled(|f| terminal.theme.format_input_prompt(f, "", None));
            terminal.term.write_str(&prompt)?;
            let answer = terminal.term.read_secure_line()?;
            terminal.term.clear_last_lines(1)?;
            Ok(answer)
        })?;
        if question.back && answer == BACK {
            return self.settle(question, None);
        }
        self.settle(question, Some((answer, "(hidden)".to_owned())))
    }

    fn choose(
        &mut self,
        question: Question<'_>,
        choices: &[(&str, &str)],
        default: usize,
    ) -> Result<usize> {
        let keys = with_back("↑ and ↓ move, enter selects", question);
        let header = self.header(question, None, "");
        let (list, page) = self.list(question, &header, &keys, choices)?;
        let chosen = self.below(question, &header, |terminal| {
            let select = Select::with_theme(&list)
                .with_prompt("")
                .items(0..choices.len())
                .max_length(page)
                .default(default)
                .report(false);
            if question.back {
                return select.interact_on_opt(&terminal.term);
            }
            select.interact_on(&terminal.term).map(Some)
        })?;
        let shown = |chosen: usize| (chosen, choices[chosen].0.to_owned());
        self.settle(question, chosen.map(shown))
    }

    fn pick(
        &mut self,
        question: Question<'_>,
        choices: &[(&str, &str)],
        min: usize,
    ) -> Result<Vec<usize>> {
        let keys = with_back("↑ and ↓ move, space marks, enter continues", question);
        let mut problem = None;
        loop {
            let header = self.header(question, problem, "");
            let (list, page) = self.list(question, &header, &keys, choices)?;
            let picks = self.below(question, &header, |terminal| {
                let select = MultiSelect::with_theme(&list)
                    .with_prompt("")
                    .items(0..choices.len())
                    .max_length(page)
                    .report(false);
                if question.back {
                    return select.interact_on_opt(&terminal.term);
                }
                select.interact_on(&terminal.term).map(Some)
            })?;
            if picks.as_ref().is_some_and(|picks| picks.len() < min) {
                problem = Some("nothing is marked; mark one with the space bar");
                continue;
            }
            let shown = |picks: Vec<usize>| {
                let ids: Vec<&str> = picks.iter().map(|at| choices[*at].0).collect();
                let none = ids.is_empty().then(|| "none".to_owned());
                (picks, none.unwrap_or_else(|| ids.join(", ")))
            };
            return self.settle(question, picks.map(shown));
        }
    }

    fn confirm(&mut self, question: Question<'_>, default: bool) -> Result<bool> {
        let take = if default {
            "enter takes yes"
        } else {
            "enter takes no"
        };
        let header = self.header(question, None, &with_back(take, question));
        let answer = self.below(question, &header, |terminal| {
            let confirm = Confirm::with_theme(&terminal.theme)
                .default(default)
                .report(false);
            if question.back {
                return confirm.interact_on_opt(&terminal.term);
            }
            confirm.interact_on(&terminal.term).map(Some)
        })?;
        let shown = |yes| (yes, if yes { "yes" } else { "no" }.to_owned());
        self.settle(question, answer.map(shown))
    }
}

impl Terminal {
    /// How wide what stands before a typed text is.
    fn before_text(&self) -> usize {
        measure_text_width(&styled(|f| self.theme.format_input_prompt(f, "", None)))
    }

    /// Take away the lines above the cursor that `typed` filled, which dialoguer leaves there.
    fn clear_wrapped(&self, typed: &str) -> io::Result<()> {
        let columns = usize::from(self.term.size().1).max(1);
        let (mut wrapped, mut column) = (0, self.before_text());
        for width in typed.chars().map(|c| c.width().unwrap_or(0)) {
            column += width;
            if column > columns {
                (wrapped, column) = (wrapped + 1, width);
            }
        }
        self.term.clear_to_end_of_screen()?;
        self.term.clear_last_lines(wrapped)
    }
}

/// The keys, with the one that goes back.
fn with_back(keys: &str, question: Question<'_>) -> String {
    let back = if question.back { ", esc goes back" } else { "" };
    format!("{keys}{back}")
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
    if error.kind() == io::ErrorKind::Interrupted {
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
