//! A server in the words of one host. Pure.

use anyhow::Result;

use super::{Entry, Run, Server, Start, variable};
use crate::{
    edit::data::Data,
    error::Failure,
    hosts::{CommandShape, Fixed, Host, HttpShape, Variables},
};

pub(super) fn entry(host: &Host, server: &Server, variables: Variables) -> Result<Entry> {
    let mut writer = Writer {
        host,
        server,
        variables,
        pairs: Vec::new(),
        inputs: Vec::new(),
        given: Vec::new(),
    };
    let (mut from_file, mut built) = (Vec::new(), Vec::new());
    match &server.run {
        Run::Stdio(start) => {
            // A host would put something else in its place.
            if let (true, Some(word)) = (
                variables.are_read(),
                start.command.iter().find(|word| word.contains(['$', '{'])),
            ) {
                return Err(no_literal(host, word).into());
            }
            from_file.clone_from(&start.from_file);
            built.clone_from(&start.built);
            writer.stdio(start)?;
        }
        Run::Http { url, headers } => {
            let shape = host.http.as_ref().ok_or_else(|| no_http(host))?;
            writer.http(shape, url, headers)?;
        }
    }
    Ok(Entry {
        value: Data::Map(writer.pairs),
        inputs: writer.inputs,
        given: writer.given,
        from_file,
        built,
    })
}

struct Writer<'a> {
    host: &'a Host,
    server: &'a Server,
    variables: Variables,
    pairs: Vec<(String, Data)>,
    inputs: Vec<Data>,
    given: Vec<String>,
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

    fn fixed(&mut self) {
        for (key, value) in self.host.fixed {
            let value = match value {
                Fixed::Yes => Data::Bool(true),
                Fixed::Name => Data::text(&self.server.name),
                Fixed::Text(text) => Data::text(*text),
                Fixed::Number(number) => Data::Raw((*number).to_owned()),
                Fixed::Texts(texts) => Data::texts(texts.iter().copied()),
            };
            self.put(key, value);
        }
    }

    fn stdio(&mut self, start: &Start) -> Result<()> {
        let shape = &self.host.stdio;
        let mut words = start.command.clone();
        if let (true, Some(first), Some(found)) =
            (self.host.desktop, words.first_mut(), &start.found)
        {
            first.clone_from(found);
        }
        if let Some(file) = self.argument_file(start)? {
            let pattern = start.from_file.iter();
            words.extend(pattern.map(|word| word.replace("{file}", file)));
        }
        self.kind(shape.kind);
        self.fixed();
        match (shape.command, words.split_first()) {
            (CommandShape::Joined, _) => self.put("command", Data::texts(words)),
            (CommandShape::Split(key), Some((first, rest))) => {
                self.put(key, Data::text(first));
                self.put("args", Data::texts(rest));
            }
            (CommandShape::Split(_), None) => {}
        }
        self.environment(start)?;
        if let (Some(path), Some(key)) = (&start.env_file, shape.env_file) {
            self.put(key, Data::text(path));
            self.given.push(key.to_owned());
        }
        Ok(())
    }

    /// The file with variables that the program gets as an argument.
    fn argument_file<'a>(&self, start: &'a Start) -> Result<Option<&'a str>> {
        let file = match &start.env_file {
            Some(path) => Some(path).filter(|_| self.host.stdio.env_file.is_none()),
            None if self.variables == Variables::None => {
                if let Some(name) = start.passed.first() {
                    return Err(no_variables(self.host, name).into());
                }
                Some(&start.default_file).filter(|_| !start.variables.is_empty())
            }
            None => None,
        };
        if file.is_some() && start.from_file.is_empty() {
            let title = self.host.title;
            return Err(
                Failure::usage(format!("{title} does not read variables from a file"))
                    .hint("set the variables with --env")
                    .into(),
            );
        }
        Ok(file.map(String::as_str))
    }

    fn environment(&mut self, start: &Start) -> Result<()> {
        let mut pairs: Vec<(String, Data)> = Vec::new();
        for (name, value) in &start.env {
            if self.variables.reads(value) {
                let title = self.host.title;
                return Err(Failure::usage(format!(
                    "{title} would expand a variable in the value of `{name}`"
                ))
                .hint("give a value without `$` and `{`, or set it in a file with --env-file")
                .into());
            }
            pairs.push((name.clone(), Data::text(value)));
            self.given.push(name.clone());
        }
        // A file that the user gives has the variables that the project needs.
        let needed = start.variables.iter().filter(|_| start.env_file.is_none());
        let mut names: Vec<String> = Vec::new();
        for name in needed.chain(&start.passed) {
            let known = start.env.iter().any(|(given, _)| given == name);
            if !known && !names.contains(name) {
                names.push(name.clone());
            }
        }
        self.given.extend(start.passed.iter().cloned());
        let list = match self.variables {
            Variables::None => None,
            Variables::Named => Some("env_vars"),
            Variables::Listed { list, .. } => Some(list),
            Variables::Written(..) | Variables::Asked => {
                let written = names.iter().map(|name| {
                    let value = self.variables.placeholder(name);
                    (name.clone(), Data::text(value))
                });
                pairs.extend(written);
                self.ask_for(&names);
                None
            }
        };
        if !pairs.is_empty() {
            self.put(self.host.stdio.env, Data::Map(pairs));
        }
        if let Some(list) = list.filter(|_| !names.is_empty()) {
            self.put(list, Data::texts(names));
        }
        Ok(())
    }

    fn http(&mut self, shape: &HttpShape, url: &str, headers: &[(String, String)]) -> Result<()> {
        self.kind(shape.kind);
        self.fixed();
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
        if let Variables::Listed { list, .. } = self.variables {
            self.put(list, Data::texts(names.clone()));
        }
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
    /// How a file refers to the variable `name`; empty when it does so in a key of its own, or not at all.
    #[must_use]
    pub fn placeholder(self, name: &str) -> String {
        match self {
            Self::Written(before, after) | Self::Listed { before, after, .. } => {
                format!("{before}{name}{after}")
            }
            Self::Asked => format!("${{input:{}}}", input_id(name)),
            Self::Named | Self::None => String::new(),
        }
    }

    /// Whether the values of an entry may refer to variables.
    fn are_read(self) -> bool {
        matches!(self, Self::Written(..) | Self::Asked)
    }

    /// Whether the host would read a variable in `text`.
    fn reads(self, text: &str) -> bool {
        match self {
            Self::Written(before, _) if !before.starts_with('$') => text.contains(['{', '}']),
            Self::Written(..) | Self::Asked => text.match_indices('$').any(|(at, _)| {
                let next = text[at + 1..].chars().next();
                next.is_some_and(|next| next == '{' || next == '_' || next.is_alphabetic())
            }),
            Self::Named | Self::Listed { .. } | Self::None => false,
        }
    }
}

fn input_id(variable: &str) -> String {
    variable.to_lowercase().replace('_', "-")
}

fn reference(variable: &str) -> String {
    format!("{{env:{variable}}}")
}

fn no_literal(host: &Host, word: &str) -> Failure {
    let title = host.title;
    Failure::usage(format!("{title} would expand a variable in `{word}`"))
        .hint("move the project to a path without `$` and `{`")
}

fn no_variables(host: &Host, name: &str) -> Failure {
    let title = host.title;
    Failure::usage(format!("{title} does not pass `{name}` on to its servers"))
        .hint("set the variable in a file with --env-file PATH")
}

fn no_http(host: &Host) -> Failure {
    let title = host.title;
    Failure::usage(format!(
        "{title} only supports servers that it starts itself"
    ))
    .hint("connect the two with a bridge such as `mcp-remote`, as the project's README explains")
}

fn no_placeholder(host: &Host, names: &[String]) -> Failure {
    let title = host.title;
    let names = names.join("`, `");
    Failure::usage(format!(
        "{title} does not expand variables, and the value of `{names}` is a secret"
    ))
    .hint(format!(
        "see `create-mcp-server install --print`, and put the entry and the secret into {title}'s settings yourself"
    ))
}
