//! What is going to be written, decided before anything is. Pure.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};
use sha2::{Digest as _, Sha256};

use crate::name;

/// The intended writes below one directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub root: PathBuf,
    /// What the root was when the plan was made.
    pub place: Place,
    pub changes: Vec<Change>,
}

/// Where a plan writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A directory that does not exist: it appears whole, or not at all.
    New,
    /// Inside a directory that exists.
    Existing,
}

/// One intended write: create, replace or (`after` is `None`) delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub path: RelPath,
    /// What the disk must still look like when the plan is applied.
    pub before: Expect,
    pub after: Option<String>,
}

/// What a file must be before a change touches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    Absent,
    Sha256([u8; 32]),
}

impl Plan {
    /// The plan that creates every file of `tree` below `root`, which is as `place` says.
    ///
    /// # Errors
    ///
    /// Fails when a path would leave `root`.
    pub fn create(root: PathBuf, place: Place, tree: BTreeMap<String, String>) -> Result<Self> {
        let changes = tree
            .into_iter()
            .map(|(path, text)| {
                Ok(Change {
                    path: RelPath::new(&path)?,
                    before: Expect::Absent,
                    after: Some(text),
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            root,
            place,
            changes,
        })
    }
}

/// A path below a project's root with `/` between its parts: never absolute, never `..`, never a reserved name, and nothing in
/// a git directory, whose hooks are run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RelPath(String);

impl RelPath {
    /// # Errors
    ///
    /// Fails when a part is empty, `.`, `..`, `.git`, or not a file name on every platform.
    pub fn new(path: &str) -> Result<Self> {
        if path
            .split('/')
            .any(|part| name::unportable(part).is_some() || is_git(part))
        {
            bail!("`{}` is not a path inside a project", path.escape_debug());
        }
        Ok(Self(path.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// This path below `root`.
    #[must_use]
    pub fn below(&self, root: &Path) -> PathBuf {
        let mut full = root.to_owned();
        full.extend(self.0.split('/'));
        full
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether some file system takes `part` for `.git`: in any case, as the short name that Windows gives it, or with characters
/// that macOS leaves out.
fn is_git(part: &str) -> bool {
    let part = part.to_ascii_lowercase();
    part == ".git" || part.starts_with("git~") || !part.is_ascii()
}

/// SHA-256 (FIPS 180-4) of a file's contents.
#[must_use]
pub fn sha256(contents: &[u8]) -> [u8; 32] {
    Sha256::digest(contents).into()
}

/// Lower-case hexadecimal digits of a hash.
#[must_use]
pub fn hex(hash: &[u8; 32]) -> String {
    use fmt::Write as _;
    hash.iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_stay_inside_the_project() {
        for path in ["a", "a/b.c", ".github/workflows/ci.yml", ".gitignore"] {
            RelPath::new(path).expect(path);
        }
        for path in [
            "",
            "/a",
            "a//b",
            "../a",
            "a/..",
            "a\\b",
            "c:/a",
            "con",
            "a/nul.txt",
            "a/b ",
            ".git",
            ".git/hooks/post-checkout",
            "a/.GIT/config",
            "git~1/config",
            ".g\u{200c}it/config",
        ] {
            assert!(RelPath::new(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn hashes_are_sha256_in_hexadecimal() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex(&sha256(b"")), empty);
    }
}
