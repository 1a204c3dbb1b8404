//! Filling in what was not given: on a terminal by asking, with a way back; otherwise by defaults.

mod look;
mod terminal;

use std::fmt;

use anyhow::Result;

use crate::error::Failure;

pub use terminal::Terminal;

/// One short question.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// What is asked for, as in "the … is missing".
    pub what: &'a str,
    /// The question itself; lines after the first say more.
    pub prompt: &'a str,
    /// What answers it on the command line.
    pub flag: &'a str,
    /// Whether there is an earlier question to go back to.
    back: bool,
    /// What was typed before: it is there to be edited.
    typed: Option<&'a str>,
}

impl<'a> Question<'a> {
    #[must_use]
    pub const fn new(what: &'a str, prompt: &'a str, flag: &'a str) -> Self {
        Self {
            what,
            prompt,
            flag,
            back: false,
            typed: None,
        }
    }

    /// The same question about a text that was typed before, and perhaps refused.
    #[must_use]
    pub fn about(self, typed: &'a str) -> Self {
        Self {
            typed: Some(typed),
            ..self
        }
    }
}

/// Checks an answer; the error says what is wrong and how to fix it.
pub type Validate<'a> = &'a dyn Fn(&str) -> Result<()>;

/// Who answers questions.
pub trait Ask {
    /// Whether a person answers, to whom something can be suggested.
    fn is_person(&self) -> bool {
        true
    }

    /// A line that `validate` accepts; `default` when nothing is typed.
    ///
    /// # Errors
    ///
    /// Fails when no one can answer and there is no default, on Ctrl-C, or to go back: see [`with_way_back`].
    fn text(
        &mut self,
        question: Question<'_>,
        default: Option<&str>,
        validate: Validate<'_>,
    ) -> Result<String>;

    /// A line that is not shown, neither while it is typed nor afterwards.
    ///
    /// # Errors
    ///
    /// See [`Ask::text`].
    fn secret(&mut self, question: Question<'_>) -> Result<String>;

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

    /// Indexes of those of `choices` (id, help) that are picked, at least `min`.
    ///
    /// # Errors
    ///
    /// See [`Ask::text`].
    fn pick(
        &mut self,
        question: Question<'_>,
        choices: &[(&str, &str)],
        min: usize,
    ) -> Result<Vec<usize>>;

    /// Yes or no.
    ///
    /// # Errors
    ///
    /// See [`Ask::text`].
    fn confirm(&mut self, question: Question<'_>, default: bool) -> Result<bool>;
}

/// The person wants the question before this one again.
#[derive(Debug)]
struct Back;

impl fmt::Display for Back {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot go back from here")
    }
}

impl std::error::Error for Back {}

/// Run `interview`, which asks its questions in a row and does nothing else that lasts. To go back, it is run again
/// with the same answers, but for the last one: that one is asked for anew.
///
/// # Errors
///
/// As `interview`.
pub fn with_way_back<T>(
    asker: &mut dyn Ask,
    mut interview: impl FnMut(&mut dyn Ask) -> Result<T>,
) -> Result<T> {
    let mut memory = Memory {
        asker,
        answers: Vec::new(),
        at: 0,
        withdrawn: None,
    };
    loop {
        memory.at = 0;
        match interview(&mut memory) {
            Err(error) if error.is::<Back>() && !memory.answers.is_empty() => {
                memory.withdrawn = memory.answers.pop();
            }
            outcome => return outcome,
        }
    }
}

/// An answer of any kind.
#[derive(Debug, Clone)]
enum Answer {
    Text(String),
    Choice(usize),
    Picks(Vec<usize>),
    Yes(bool),
}

/// Gives the answers that were given before, and asks for the next one.
struct Memory<'a> {
    asker: &'a mut dyn Ask,
    answers: Vec<Answer>,
    /// How many of them have been given again.
    at: usize,
    /// The answer that the person went back to: the default of the next question.
    withdrawn: Option<Answer>,
}

impl Memory<'_> {
    fn answer(
        &mut self,
        question: Question<'_>,
        ask: impl FnOnce(&mut dyn Ask, Question<'_>, Option<&Answer>) -> Result<Answer>,
    ) -> Result<Answer> {
        if self.answers.len() == self.at {
            let question = Question {
                back: self.at > 0,
                ..question
            };
            let before = self.withdrawn.take();
            self.answers
                .push(ask(self.asker, question, before.as_ref())?);
        }
        self.at += 1;
        Ok(self.answers[self.at - 1].clone())
    }
}

/// What [`Memory`] fails with when an interview asks other questions for the same answers.
fn changed() -> anyhow::Error {
    Failure::failed("the questions changed while they were asked").into()
}

impl Ask for Memory<'_> {
    fn is_person(&self) -> bool {
        self.asker.is_person()
    }

    fn text(
        &mut self,
        question: Question<'_>,
        default: Option<&str>,
        validate: Validate<'_>,
    ) -> Result<String> {
        let answer = self.answer(question, |asker, question, before| {
            let question = match before {
                Some(Answer::Text(text)) if Some(&**text) != default => question.about(text),
                _ => question,
            };
            asker.text(question, default, validate).map(Answer::Text)
        })?;
        match answer {
            Answer::Text(text) => Ok(text),
            _ => Err(changed()),
        }
    }

    fn secret(&mut self, question: Question<'_>) -> Result<String> {
        let answer = self.answer(question, |asker, question, _| {
            asker.secret(question).map(Answer::Text)
        })?;
        match answer {
            Answer::Text(text) => Ok(text),
            _ => Err(changed()),
        }
    }

    fn choose(
        &mut self,
        question: Question<'_>,
        choices: &[(&str, &str)],
        default: usize,
    ) -> Result<usize> {
        let answer = self.answer(question, |asker, question, before| {
            let default = match before {
                Some(Answer::Choice(chosen)) if *chosen < choices.len() => *chosen,
                _ => default,
            };
            asker.choose(question, choices, default).map(Answer::Choice)
        })?;
        match answer {
            Answer::Choice(chosen) if chosen < choices.len() => Ok(chosen),
            _ => Err(changed()),
        }
    }

    fn pick(
        &mut self,
        question: Question<'_>,
        choices: &[(&str, &str)],
        min: usize,
    ) -> Result<Vec<usize>> {
        let answer = self.answer(question, |asker, question, _| {
            asker.pick(question, choices, min).map(Answer::Picks)
        })?;
        match answer {
            Answer::Picks(picks) if picks.iter().all(|at| *at < choices.len()) => Ok(picks),
            _ => Err(changed()),
        }
    }

    fn confirm(&mut self, question: Question<'_>, default: bool) -> Result<bool> {
        let answer = self.answer(question, |asker, question, before| {
            let default = match before {
                Some(Answer::Yes(yes)) => *yes,
                _ => default,
            };
            asker.confirm(question, default).map(Answer::Yes)
        })?;
        match answer {
            Answer::Yes(yes) => Ok(yes),
            _ => Err(changed()),
        }
    }
}

/// Without a person: defaults where they may be taken, and otherwise an error that names the flag.
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
    fn is_person(&self) -> bool {
        false
    }

    fn text(
        &mut self,
        question: Question<'_>,
        default: Option<&str>,
        _validate: Validate<'_>,
    ) -> Result<String> {
        self.answer(question, default.map(str::to_owned))
    }

    fn secret(&mut self, question: Question<'_>) -> Result<String> {
        self.answer(question, None)
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

    fn pick(
        &mut self,
        question: Question<'_>,
        _choices: &[(&str, &str)],
        _min: usize,
    ) -> Result<Vec<usize>> {
        self.answer(question, Some(Vec::new()))
    }
}
