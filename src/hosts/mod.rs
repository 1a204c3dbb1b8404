//! Hosts: the apps that run servers, where each keeps its list of them, and how an entry looks there. No I/O but for
//! looking at what is there; writing is `apply`'s.

pub mod entry;
pub mod file;
pub mod job;
pub mod own;
pub mod place;
pub mod places;
pub mod secret;
mod table;

use clap::ValueEnum;

use crate::edit::json::Dialect;

pub use table::HOSTS;

/// For whom a server is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scope {
    /// You, in every folder
    User,
    /// Everyone who opens the project's folder
    Project,
}

impl Scope {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Project => "project",
        }
    }
}

/// An app that runs servers: a row of [`HOSTS`].
#[derive(Debug)]
pub struct Host {
    pub id: &'static str,
    pub title: &'static str,
    pub format: Format,
    /// Keys above the servers' names.
    pub servers: &'static [&'static str],
    pub files: Files,
    /// Whether it is started from a desktop: it does not have the shell's PATH, and needs absolute programs.
    pub desktop: bool,
    /// Whether it reads a file that begins with a byte order mark.
    pub reads_bom: bool,
    /// The program that edits the user's list itself, because the app writes to that file at any time.
    pub program: Option<Program>,
    pub stdio: StdioShape,
    /// `None` when its file lists only programs that it starts.
    pub http: Option<HttpShape>,
    /// What each entry says besides.
    pub fixed: &'static [(&'static str, Fixed)],
    pub variables: Variables,
    /// What makes it notice a new server.
    pub notice: &'static str,
}

impl Host {
    /// Whether `scope` has a place for servers.
    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        match scope {
            Scope::User => true,
            Scope::Project => !self.files.project.is_empty(),
        }
    }
}

/// What a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json(Dialect),
    Toml,
    Yaml,
}

/// Where a list of servers is, for each scope and system: paths that begin with a place such as `{home}`.
#[derive(Debug)]
pub struct Files {
    pub project: &'static [&'static str],
    pub linux: &'static [&'static str],
    pub mac: &'static [&'static str],
    pub windows: &'static [&'static str],
    pub pick: Pick,
}

/// Which of several paths count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// The first one that is there, or else the last.
    First,
    /// The host reads all that are there: each one with an entry of the name, or else as above.
    Merged,
    /// Each one whose directory is there, or else the first.
    Every,
}

/// A host's own command line for its list of servers.
#[derive(Debug)]
pub struct Program {
    pub name: &'static str,
    /// Arguments with `{name}` and `{json}`.
    pub add: &'static [&'static str],
    /// Arguments with `{name}`.
    pub remove: &'static [&'static str],
    /// How to get it.
    pub needs: &'static str,
}

/// How a program is written down.
#[derive(Debug)]
pub struct StdioShape {
    pub kind: Option<(&'static str, &'static str)>,
    pub command: CommandShape,
    /// Key of the map of variables.
    pub env: &'static str,
    /// Key of a file with variables.
    pub env_file: Option<&'static str>,
}

/// A member of every entry of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixed {
    Yes,
    /// The name of the server.
    Name,
    Text(&'static str),
    Number(&'static str),
    Texts(&'static [&'static str]),
}

/// How a command line is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandShape {
    /// A key for the program, and `args`.
    Split(&'static str),
    /// One array.
    Joined,
}

/// How an address is written down.
#[derive(Debug)]
pub struct HttpShape {
    pub kind: Option<(&'static str, &'static str)>,
    pub url: &'static str,
}

/// How a file refers to a variable of the environment, so that it never holds a secret itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variables {
    /// `before`, the name, `after`.
    Written(&'static str, &'static str),
    /// `${input:id}`: the app asks, and keeps the answer.
    Asked,
    /// Keys of their own that name the variables.
    Named,
    /// One list that names them all; in headers, `before`, the name, `after`.
    Listed {
        list: &'static str,
        before: &'static str,
        after: &'static str,
    },
    /// Not at all.
    None,
}

/// The host called `id`.
#[must_use]
pub fn find(id: &str) -> Option<&'static Host> {
    HOSTS.iter().find(|host| host.id == id)
}
