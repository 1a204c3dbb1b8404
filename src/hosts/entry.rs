//! A server as an entry in a host's list. Pure. A secret never stands in it: only the name of a variable.

mod write;

use std::path::PathBuf;

use anyhow::Result;

use super::{Host, Variables, own};
use crate::edit::data::Data;

/// A server that can be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub name: String,
    pub run: Run,
}

/// How a host reaches a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    /// The host starts it.
    Stdio(Start),
    /// It runs already.
    Http {
        url: String,
        /// `{env:NAME}` in a value stands for a variable.
        headers: Vec<(String, String)>,
    },
}

/// How a program is started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Start {
    pub command: Vec<String>,
    /// The absolute path of a program that `command` names without one, if it was found.
    pub found: Option<String>,
    /// Directories into which the project is built: a program of that name below them is the project's.
    pub built: Vec<PathBuf>,
    /// Variables that it needs from the user's environment.
    pub variables: Vec<String>,
    /// Those that the user asks for besides.
    pub passed: Vec<String>,
    /// Variables and their values, as the user gave them.
    pub env: Vec<(String, String)>,
    /// The file that the user gave, with variables.
    pub env_file: Option<String>,
    /// Arguments that let it read variables from `{file}`.
    pub from_file: Vec<String>,
    /// The file that is read where a host passes no variables on.
    pub default_file: String,
}

impl Server {
    /// The same, with the absolute path of its program where that is found by its name.
    #[must_use]
    pub fn with_program(mut self, find: impl Fn(&str) -> Option<PathBuf>) -> Self {
        if let Run::Stdio(start) = &mut self.run
            && let Some(first) = start.command.first()
            && !first.contains(['/', '\\'])
        {
            start.found = find(first).and_then(|path| path.into_os_string().into_string().ok());
        }
        self
    }
}

/// What is written into a host's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub value: Data,
    /// What the host asks for, beside the list.
    pub inputs: Vec<Data>,
    /// Keys whose values the user gave now: they replace what the entry says.
    pub given: Vec<String>,
    pub(super) from_file: Vec<String>,
    pub(super) built: Vec<PathBuf>,
}

impl Entry {
    /// An entry as a file has it.
    pub(super) fn found(value: Data, inputs: Vec<Data>) -> Self {
        Self {
            value,
            inputs,
            given: Vec::new(),
            from_file: Vec::new(),
            built: Vec::new(),
        }
    }
}

/// Key of the list of what a host asks for.
pub const INPUTS: &str = "inputs";

/// The entry of `server` in the list of `host`.
///
/// # Errors
///
/// A usage failure when the host has no way to reach it.
pub fn entry(host: &Host, server: &Server) -> Result<Entry> {
    write::entry(host, server, host.variables)
}

/// The same to put in by hand: where the host reads no variables, it says where the user's own values go.
///
/// # Errors
///
/// See [`entry`].
pub fn by_hand(host: &Host, server: &Server) -> Result<Entry> {
    let variables = match (host.variables, &server.run) {
        (Variables::None, Run::Http { .. }) => Variables::Written("<", ">"),
        (variables, _) => variables,
    };
    write::entry(host, server, variables)
}

/// What a host will run or reach, as the entry says.
#[must_use]
pub fn runs(entry: &Entry) -> Vec<String> {
    own::words(&entry.value)
}

/// The variable in a header's value.
#[must_use]
pub fn variable(value: &str) -> Option<String> {
    let (_, rest) = value.split_once("{env:")?;
    let (name, _) = rest.split_once('}')?;
    Some(name.to_owned())
}
