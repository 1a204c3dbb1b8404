//! A project as hosts see it: what is built for them, where that lies, and what they run.

use std::{
    env,
    path::{MAIN_SEPARATOR_STR, Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::Result;
use serde_json::Value;

use crate::{
    error::Failure,
    hosts::entry::{Run, Server, Start},
    spec::ProjectSpec,
    step::Step,
    template::{
        Template,
        manifest::{Install, InstallWhen, Reports},
    },
    workspace::{self, Standing},
};

/// A project that can be installed.
pub struct Installable<'a> {
    root: &'a Path,
    rules: &'a Install,
    spec: &'a ProjectSpec,
    /// Where the project's tool puts what it makes.
    directory: PathBuf,
    /// What its step makes.
    made: PathBuf,
}

impl<'a> Installable<'a> {
    /// The project in `root`; its tool is asked where it builds if the project is `trusted`.
    ///
    /// # Errors
    ///
    /// A usage failure when its template does not say how it is installed, and when the workspace around it cannot be
    /// read.
    pub fn find(
        root: &'a Path,
        template: &'a Template<'_>,
        spec: &'a ProjectSpec,
        trusted: bool,
    ) -> Result<Self> {
        let manifest = template.manifest();
        let rules = manifest.install.as_ref().ok_or_else(|| {
            let title = &manifest.title;
            Failure::usage(format!("{title} projects cannot be installed yet"))
                .hint("use a newer create-mcp-server")
        })?;
        let base = match manifest.workspace.as_ref() {
            Some(rules) if spec.workspace == Standing::Member => {
                workspace::around(root, rules)?.map(|around| around.root)
            }
            _ => None,
        };
        let base = base.unwrap_or_else(|| root.to_owned());
        let directory = match &rules.directory {
            Some(reports) => {
                let said = trusted.then(|| ask(root, reports)).flatten();
                said.unwrap_or_else(|| base.join(&reports.default))
            }
            None => base,
        };
        let mut made = directory.clone();
        made.extend(fill(&rules.made, spec).split('/'));
        Ok(Self {
            root,
            rules,
            spec,
            directory,
            made,
        })
    }

    /// What makes it ready to be run.
    #[must_use]
    pub fn step(&self) -> Step {
        Step::from(&self.rules.step)
    }

    /// What that step is called.
    #[must_use]
    pub fn step_id(&self) -> &str {
        &self.rules.step.id
    }

    /// The same, as it has to be run so that it says what it made.
    #[must_use]
    pub fn reporting_step(&self) -> Step {
        let mut step = self.step();
        let more = self.rules.built.iter().flat_map(|it| &it.arguments);
        step.command.extend(more.cloned());
        step
    }

    /// Whether it is ready, as far as can be seen.
    #[must_use]
    pub fn is_made(&self) -> bool {
        self.made.exists()
    }

    /// Take from the step's output where the program is that it has made.
    ///
    /// # Errors
    ///
    /// Fails when there is none.
    pub fn learn(&mut self, output: &[String]) -> Result<()> {
        let Some(reports) = &self.rules.built else {
            return Ok(());
        };
        let name = fill("{name}{exe}", self.spec);
        let said = said(output.iter().map(String::as_str), reports);
        let named = |path: &PathBuf| path.file_name().is_some_and(|it| it == name.as_str());
        if let Some(program) = said.map(PathBuf::from).filter(named).last() {
            self.made = program;
        }
        if self.made.exists() {
            return Ok(());
        }
        let (line, made) = (self.rules.step.command.join(" "), self.made.display());
        Err(Failure::failed(format!("`{line}` did not create `{made}`"))
            .hint("nothing was installed; the project was changed so that this program cannot tell what to run")
            .into())
    }

    /// What starts it.
    ///
    /// # Errors
    ///
    /// A usage failure when a path is not Unicode.
    pub fn command(&self) -> Result<Vec<String>> {
        let words = self.rules.command.iter();
        words.map(|word| self.word(word)).collect()
    }

    /// The project as hosts see it: a program that they start, or (`url`, or a project that serves HTTP by default) an address.
    ///
    /// # Errors
    ///
    /// A usage failure when a path is not Unicode, or when the project does not serve what is wanted.
    pub fn server(&self, http: bool, url: Option<&str>) -> Result<Server> {
        let name = self.spec.name.kebab().to_owned();
        let tags = &self.spec.tags;
        let served = self.rules.http.as_ref().filter(|_| tags.contains("http"));
        let Some(served) = served else {
            if http || url.is_some() {
                return Err(Failure::usage("this project does not serve HTTP")
                    .hint("leave out --transport and --url")
                    .into());
            }
            let run = Run::Stdio(self.start()?);
            return Ok(Server { name, run });
        };
        if tags.contains("stdio-first") && !http && url.is_none() {
            let run = Run::Stdio(self.start()?);
            return Ok(Server { name, run });
        }
        let given = served.when.iter().filter(|when| tags.contains(&when.tag));
        let headers = given.flat_map(|when| when.headers.clone()).collect();
        let url = url.unwrap_or(&served.url).to_owned();
        let run = Run::Http { url, headers };
        Ok(Server { name, run })
    }

    fn start(&self) -> Result<Start> {
        let built = self
            .rules
            .directory
            .as_ref()
            .map(|_| self.directory.clone());
        Ok(Start {
            command: self.command()?,
            built: built.into_iter().collect(),
            variables: self.secrets().cloned().collect(),
            from_file: self.rules.from_file.clone(),
            default_file: text(&self.root.join(&self.rules.env_file))?,
            ..Start::default()
        })
    }

    fn wanted(&self) -> impl Iterator<Item = &InstallWhen> {
        let wanted = self.rules.when.iter();
        wanted.filter(|when| self.spec.tags.contains(&when.tag))
    }

    /// Variables whose values are secrets.
    pub fn secrets(&self) -> impl Iterator<Item = &String> {
        self.wanted().flat_map(|when| &when.variables)
    }

    /// Settings to ask for, and what they are.
    pub fn questions(&self) -> impl Iterator<Item = (&String, &String)> {
        self.wanted().flat_map(|when| &when.ask)
    }

    fn word(&self, word: &str) -> Result<String> {
        let word = fill(word, self.spec);
        if let Some(rest) = word.strip_prefix("{made}") {
            return Ok(format!("{}{rest}", text(&self.made)?));
        }
        let Some(rest) = word.strip_prefix("{root}") else {
            return Ok(word);
        };
        let rest = rest.replace('/', MAIN_SEPARATOR_STR);
        Ok(format!("{}{rest}", text(self.root)?))
    }
}

fn text(path: &Path) -> Result<String> {
    let text = path.to_str().ok_or_else(|| {
        Failure::usage(format!("the path `{}` is not Unicode", path.display()))
            .hint("move the project to one that is: hosts' files are text")
    })?;
    Ok(text.to_owned())
}

fn fill(word: &str, spec: &ProjectSpec) -> String {
    word.replace("{name}", spec.name.kebab())
        .replace("{exe}", env::consts::EXE_SUFFIX)
}

/// What the project's own tool says of itself, if it is there and says it.
fn ask(root: &Path, reports: &Reports) -> Option<PathBuf> {
    let (program, arguments) = reports.arguments.split_first()?;
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    said(text.lines(), reports).map(PathBuf::from).last()
}

/// What the objects that count have under the key.
fn said<'a>(
    lines: impl Iterator<Item = &'a str>,
    reports: &Reports,
) -> impl Iterator<Item = String> {
    let objects = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    objects.filter_map(|object| {
        let counts = |(key, value): (&String, &String)| object[key] == value.as_str();
        let value = object[&reports.key].as_str()?;
        reports.when.iter().all(counts).then(|| value.to_owned())
    })
}
