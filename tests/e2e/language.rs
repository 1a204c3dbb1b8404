//! What differs between the languages of generated projects: how one is built, and how its server is started.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use anyhow::Result;

use crate::combos::Combo;
use crate::python;
use crate::support::Project;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    Rust,
    Python,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::Rust, Self::Python];

    /// A project that is ready to run, the options not named at their defaults. It is made once.
    pub fn project(self, folder: &str, name: &str, options: &[(&str, &str)]) -> Result<Project> {
        static MADE: Mutex<BTreeMap<PathBuf, Project>> = Mutex::new(BTreeMap::new());
        let folder = format!("{folder}/{self}");
        let mut made = MADE.lock().expect("no test panics");
        let key = Path::new(&folder).join(name);
        if let Some(project) = made.get(&key) {
            return Ok(project.clone());
        }
        let options = options.iter();
        let combo: Combo = options
            .map(|(option, choice)| ((*option).to_owned(), (*choice).to_owned()))
            .collect();
        let language = self.to_string();
        let project = Project::generate(&folder, name, &combo, &["--language", &language])?;
        if self == Self::Rust {
            project.cargo(&["build", "--quiet"])?;
        }
        made.insert(key, project.clone());
        Ok(project)
    }

    /// What starts the server of such a project.
    pub fn server(self, project: &Project) -> Result<Command> {
        match self {
            Self::Rust => Ok(Command::new(project.server())),
            Self::Python => {
                python::sync(project)?;
                Ok(python::server(project))
            }
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Rust => "rust",
            Self::Python => "python",
        })
    }
}
