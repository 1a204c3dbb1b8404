//! Where hosts keep their files on this machine, and which hosts are here.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use anyhow::Result;

use super::{Host, Pick, Scope};
use crate::error::Failure;

/// Stands for the name of a server in the path of a file for each.
pub const ANY_NAME: &str = "NAME";

/// A system, as far as hosts' paths differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    Linux,
    Mac,
    Windows,
}

/// The machine that we run on: what its paths begin with.
#[derive(Debug, Clone)]
pub struct Machine {
    pub system: System,
    /// Name of a place → its directory; a place without one is missing.
    pub places: BTreeMap<&'static str, PathBuf>,
    /// Directories with programs.
    pub path: Option<OsString>,
}

impl Machine {
    /// This one, as the environment describes it.
    #[must_use]
    pub fn here() -> Self {
        let system = if cfg!(windows) {
            System::Windows
        } else if cfg!(target_os = "macos") {
            System::Mac
        } else {
            System::Linux
        };
        let home = env::home_dir();
        Self::new(system, home.as_deref(), &|name| env::var_os(name))
    }

    /// A machine with this home directory and these variables.
    #[must_use]
    pub fn new(
        system: System,
        home: Option<&Path>,
        variable: &dyn Fn(&str) -> Option<OsString>,
    ) -> Self {
        let given = |name: &str| {
            let value = variable(name).map(PathBuf::from);
            value.filter(|path| path.is_absolute())
        };
        let below = |path: &str| home.map(|home| home.join(path));
        let all = [
            (
                "config",
                given("XDG_CONFIG_HOME").or_else(|| below(".config")),
            ),
            ("support", below("Library/Application Support")),
            (
                "appdata",
                given("APPDATA").or_else(|| below("AppData/Roaming")),
            ),
            (
                "packages",
                given("LOCALAPPDATA")
                    .or_else(|| below("AppData/Local"))
                    .map(|local| local.join("Packages")),
            ),
            ("codex", given("CODEX_HOME").or_else(|| below(".codex"))),
            (
                "copilot",
                given("COPILOT_HOME").or_else(|| below(".copilot")),
            ),
            (
                "continue",
                given("CONTINUE_GLOBAL_DIR").or_else(|| below(".continue")),
            ),
            (
                "claude",
                given("CLAUDE_CONFIG_DIR").or_else(|| home.map(Path::to_owned)),
            ),
            (
                "home",
                home.filter(|home| home.is_absolute()).map(Path::to_owned),
            ),
        ];
        let places = all
            .into_iter()
            .filter_map(|(name, path)| Some((name, path?)));
        Self {
            system,
            places: places.collect(),
            path: variable("PATH"),
        }
    }

    /// The files in which `host` looks for the server `name`, whether they exist or not.
    ///
    /// # Errors
    ///
    /// A usage failure when `host` has none for `scope`, or when nothing says where the user's are.
    pub fn files(
        &self,
        host: &Host,
        scope: Scope,
        root: &Path,
        name: &str,
    ) -> Result<Vec<PathBuf>> {
        let patterns = match (scope, self.system) {
            (Scope::Project, _) => host.files.project,
            (Scope::User, System::Linux) => host.files.linux,
            (Scope::User, System::Mac) => host.files.mac,
            (Scope::User, System::Windows) => host.files.windows,
        };
        if patterns.is_empty() {
            let title = host.title;
            return Err(
                Failure::usage(format!("{title} has no list of servers for a project"))
                    .hint("leave out --scope, or give --scope user")
                    .into(),
            );
        }
        let mut found = Vec::new();
        for pattern in patterns {
            found.extend(self.expand(&pattern.replace("{name}", name), root)?);
        }
        let there = |path: &&PathBuf| path.symlink_metadata().is_ok();
        let has_app = |path: &PathBuf| path.parent().is_some_and(Path::is_dir);
        Ok(match host.files.pick {
            Pick::First => {
                let first = found.iter().find(there).or(found.last());
                first.cloned().into_iter().collect()
            }
            Pick::Merged if found.iter().any(|path| there(&path)) => {
                found.retain(|path| there(&path));
                found
            }
            Pick::Merged => found.pop().into_iter().collect(),
            Pick::Every => {
                if found.iter().any(has_app) {
                    found.retain(has_app);
                } else {
                    found.truncate(1);
                }
                found
            }
        })
    }

    /// The paths that `pattern` stands for; a part with `*` stands for each directory of such a name.
    fn expand(&self, pattern: &str, root: &Path) -> Result<Vec<PathBuf>> {
        let (place, rest) = pattern
            .trim_start_matches('{')
            .split_once("}/")
            .unwrap_or(("", pattern));
        let base = if place == "root" {
            root
        } else {
            self.places.get(place).ok_or_else(|| {
                Failure::usage("cannot find the home directory")
                    .hint("set HOME, or give --scope project")
            })?
        };
        let mut paths = vec![base.to_owned()];
        for part in rest.split('/') {
            paths = match part.split_once('*') {
                None => paths.into_iter().map(|path| path.join(part)).collect(),
                Some((start, end)) => paths
                    .iter()
                    .flat_map(|path| directories_like(path, start, end))
                    .collect(),
            };
        }
        Ok(paths)
    }

    /// Whether `host` seems to be on this machine.
    #[must_use]
    pub fn has(&self, host: &Host) -> bool {
        let program = host.program.as_ref();
        if program.is_some_and(|program| self.program(program.name).is_some()) {
            return true;
        }
        let files = self.files(host, Scope::User, Path::new(""), ANY_NAME);
        let home = self.places.get("home").map(PathBuf::as_path);
        files.into_iter().flatten().any(|file| match file.parent() {
            Some(parent) if Some(parent) != home => parent.is_dir(),
            _ => file.is_file(),
        })
    }

    /// The absolute path of a program.
    #[must_use]
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        let endings: &[&str] = if cfg!(windows) {
            &[".exe", ".cmd", ".bat"]
        } else {
            &[""]
        };
        let directories = self.path.as_ref().map(env::split_paths);
        let candidates = directories.into_iter().flatten().flat_map(|directory| {
            let candidate = |ending| directory.join(format!("{name}{ending}"));
            endings.iter().map(candidate).collect::<Vec<_>>()
        });
        candidates
            .into_iter()
            .find(|path| path.is_absolute() && is_program(path))
    }
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let found = path.metadata();
    found.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

fn directories_like(parent: &Path, start: &str, end: &str) -> Vec<PathBuf> {
    let entries = parent.read_dir().into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        })
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}
