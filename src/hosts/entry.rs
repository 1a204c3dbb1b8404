//! A server as an entry in a host's list. Pure. A secret never stands in it: only the name of a variable.

use std::path::PathBuf;

use anyhow::Result;

use super::{CommandShape, Host, HttpShape, Variables};
use crate::{edit::data::Data, error::Failure};

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
    Stdio {
        command: Vec<String>,
        /// The program's absolute path, if it was found.
        program: Option<String>,
        /// Variables that it needs from the user's environment.
        variables: Vec<String>,
        /// Arguments that let it read them from a file instead.
        from_file: Vec<String>,
    },
    /// It runs already.
    Http {
        url: String,
        /// `{env:NAME}` in a value stands for a variable.
        headers: Vec<(String, String)>,
    },
}

impl Server {
    /// The same, with the absolute path of its program where that is found by its name.
    #[must_use]
    pub fn with_program(mut self, find: impl Fn(&str) -> Option<PathBuf>) -> Self {
        if let Run::Stdio {
            command, program, ..
        } = &mut self.run
            && let Some(first) = command.first()
            && !first.contains(['/', '\\'])
        {
            *program = find(first).and_then(|path| path.into_os_string().into_string().ok());
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
}

/// Key of the list of what a host asks for.
pub const INPUTS: &str = "inputs";

/// The entry of `server` in the list of `host`.
///
/// # Errors
///
/// A usage failure when the host has no way to reach it.
pub fn entry(host: &Host, server: &Server) -> Result<Entry> {
    write(host, server, host.variables)
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
    write(host, server, variables)
}

fn write(host: &Host, server: &Server, variables: Variables) -> Result<Entry> {
    let mut writer = Writer {
        host,
        server,
        variables,
        pairs: Vec::new(),
        inputs: Vec::new(),
    };
    match &server.run {
        Run::Stdio { command, .. } => {
            // A host would put something else in its place.
            if let (Variables::Written(..) | Variables::Asked, Some(word)) = (
                variables,
                command.iter().find(|word| word.contains(['$', '{'])),
            ) {
                return Err(no_literal(host, word).into());
            }
            writer.stdio();
        }
        Run::Http { url, headers } => {
            let shape = host.http.as_ref().ok_or_else(|| no_http(host))?;
            writer.http(shape, url, headers)?;
        }
    }
    Ok(Entry {
        value: Data::Map(writer.pairs),
        inputs: writer.inputs,
    })
}

/// What a host will run or reach, as the entry says.
#[must_use]
pub fn runs(entry: &Entry) -> Vec<String> {
    let at = |key: &str| entry.value.at(&[key]).cloned();
    let words = REACHES.map(at);
    let words = words.into_iter().flatten().flat_map(|data| match data {
        Data::List(items) => items,
        other => vec![other],
    });
    let text = |data| match data {
        Data::Text(text) => Some(text),
        _ => None,
    };
    words.filter_map(text).collect()
}

/// The keys that say how a server is reached, in the words of every host.
const REACHES: [&str; 5] = ["command", "args", "url", "httpUrl", "serverUrl"];

/// Whether two entries reach the same server, whatever else they say.
#[must_use]
pub fn same_server(one: &Data, other: &Data) -> bool {
    REACHES.iter().all(|key| one.at(&[key]) == other.at(&[key]))
}

struct Writer<'a> {
    host: &'a Host,
    server: &'a Server,
    variables: Variables,
    pairs: Vec<(String, Data)>,
    inputs: Vec<Data>,
}

impl Writer<'_> {
    fn put(&mut self, key: &str, value: Data) {
        self.pairs.push((key.to_owned(), value));
    }

    fn kind(&mut self, kind: Option<(&str, &str)>) {
        if let Some((key, value)) = kind {
            self.put(key, Data::text(value));
        }
    }

    fn stdio(&mut self) {
        let Run::Stdio {
            command,
            program,
            variables,
            from_file,
        } = &self.server.run
        else {
            return;
        };
        let shape = &self.host.stdio;
        let mut words = command.clone();
        if let (CommandShape::SplitAbsolute, Some(first), Some(program)) =
            (shape.command, words.first_mut(), program)
        {
            first.clone_from(program);
        }
        if self.variables == Variables::None && !variables.is_empty() {
            words.extend(from_file.iter().cloned());
        }
        self.kind(shape.kind);
        match (shape.command, words.split_first()) {
            (CommandShape::Joined, _) => self.put("command", Data::texts(words)),
            (_, Some((first, rest))) => {
                self.put("command", Data::text(first));
                self.put("args", Data::texts(rest));
            }
            (_, None) => {}
        }
        if variables.is_empty() {
            return;
        }
        match self.variables {
            Variables::None => {}
            Variables::Named => self.put("env_vars", Data::texts(variables)),
            Variables::Written(..) | Variables::Asked => {
                let pairs = variables.iter().map(|name| {
                    let value = self.variables.placeholder(name);
                    (name.clone(), Data::text(value))
                });
                let pairs = pairs.collect();
                self.put(shape.env, Data::Map(pairs));
                self.ask_for(variables);
            }
        }
    }

    fn http(&mut self, shape: &HttpShape, url: &str, headers: &[(String, String)]) -> Result<()> {
        self.kind(shape.kind);
        self.put(shape.url, Data::text(url));
        if headers.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = headers
            .iter()
            .filter_map(|(_, value)| variable(value))
            .collect();
        if self.variables == Variables::None && !names.is_empty() {
            return Err(no_placeholder(self.host, &names).into());
        }
        if self.variables == Variables::Named {
            self.named_headers(headers);
            return Ok(());
        }
        let pairs = headers.iter().map(|(name, value)| {
            let value = match variable(value) {
                Some(variable) => {
                    let written = self.variables.placeholder(&variable);
                    value.replace(&reference(&variable), &written)
                }
                None => value.clone(),
            };
            (name.clone(), Data::text(value))
        });
        let pairs = pairs.collect();
        self.put("headers", Data::Map(pairs));
        self.ask_for(&names);
        Ok(())
    }

    /// Headers in keys that name the variables.
    fn named_headers(&mut self, headers: &[(String, String)]) {
        let (mut fixed, mut from_variables) = (Vec::new(), Vec::new());
        for (name, value) in headers {
            match variable(value) {
                Some(variable) if *value == format!("Bearer {}", reference(&variable)) => {
                    self.put("bearer_token_env_var", Data::text(variable));
                }
                Some(variable) => from_variables.push((name.clone(), Data::text(variable))),
                None => fixed.push((name.clone(), Data::text(value))),
            }
        }
        for (key, pairs) in [
            ("http_headers", fixed),
            ("env_http_headers", from_variables),
        ] {
            if !pairs.is_empty() {
                self.put(key, Data::Map(pairs));
            }
        }
    }

    fn ask_for(&mut self, names: &[String]) {
        if self.variables != Variables::Asked {
            return;
        }
        for name in names {
            let words = name.to_lowercase().replace('_', " ");
            let what = words.strip_prefix("mcp ").unwrap_or(&words);
            let mut letters = what.chars();
            let first = letters.next().unwrap_or_default().to_uppercase();
            let description = format!("{first}{} for {}", letters.as_str(), self.server.name);
            self.inputs.push(Data::Map(vec![
                ("type".to_owned(), Data::text("promptString")),
                ("id".to_owned(), Data::text(input_id(name))),
                ("description".to_owned(), Data::text(description)),
                ("password".to_owned(), Data::Bool(true)),
            ]));
        }
    }
}

impl Variables {
    fn placeholder(self, name: &str) -> String {
        match self {
            Self::Written(before, after) => format!("{before}{name}{after}"),
            Self::Asked => format!("${{input:{}}}", input_id(name)),
            Self::Named | Self::None => String::new(),
        }
    }
}

fn input_id(variable: &str) -> String {
    variable.to_lowercase().replace('_', "-")
}

fn reference(variable: &str) -> String {
    format!("{{env:{variable}}}")
}

/// The variable in a header's value.
#[must_use]
pub fn variable(value: &str) -> Option<String> {
    let (_, rest) = value.split_once("{env:")?;
    let (name, _) = rest.split_once('}')?;
    Some(name.to_owned())
}

fn no_literal(host: &Host, word: &str) -> Failure {
    let title = host.title;
    Failure::usage(format!("{title} would read a variable in `{word}`"))
        .hint("move the project to a path without `$` and `{`")
}

fn no_http(host: &Host) -> Failure {
    let title = host.title;
    Failure::usage(format!("{title} lists only programs that it starts itself"))
        .hint("let a bridge such as `mcp-remote` connect the two, as the project's README says")
}

fn no_placeholder(host: &Host, names: &[String]) -> Failure {
    let title = host.title;
    let names = names.join("`, `");
    Failure::usage(format!(
        "{title} reads no variables, and the value of `{names}` is a secret"
    ))
    .hint(format!(
        "see `create-mcp-server install --print`, and put the entry and the secret into {title}'s settings yourself"
    ))
}
