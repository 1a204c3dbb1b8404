//! Whose a file is. A stage of unfinished work counts only if the user who runs the program owns it, and a project is only
//! worked on if that user, or the one who called sudo, does.

use std::{ffi::OsString, fs::Metadata, io, path::Path};

use anyhow::{Context as _, Result};

use crate::error::Failure;

/// Directories whose projects are trusted, separated like those of `PATH`; `*` stands for all.
const VARIABLE: &str = "CREATE_MCP_SERVER_TRUST";

/// Which projects of other users the user trusts.
#[derive(Debug, Clone)]
pub struct Trust {
    all: bool,
    listed: OsString,
}

impl Trust {
    /// What the environment says, and `--trust` if it was given.
    #[must_use]
    pub fn given(flag: bool) -> Self {
        let listed = std::env::var_os(VARIABLE).unwrap_or_default();
        Self {
            all: flag || listed == "*",
            listed,
        }
    }

    /// Of those who only look: nothing of the project is run.
    #[must_use]
    pub fn to_read() -> Self {
        Self {
            all: true,
            listed: OsString::new(),
        }
    }

    fn covers(&self, root: &Path) -> bool {
        let real = |path: &Path| path.canonicalize().ok();
        self.all
            || real(root).is_some_and(|root| {
                std::env::split_paths(&self.listed)
                    .filter(|path| path.is_absolute())
                    .filter_map(|path| real(&path))
                    .any(|path| root.starts_with(path))
            })
    }
}

/// Refuse a project that another user could have written: what `check` and `install` build and run is that user's code.
///
/// # Errors
///
/// A usage failure that names the owner of `root`, or of `file` in it.
pub fn check(root: &Path, file: &str, trust: &Trust) -> Result<()> {
    if trust.covers(root) {
        return Ok(());
    }
    for path in [root.to_owned(), root.join(file)] {
        let found = match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            outcome => outcome.with_context(|| format!("cannot look at `{}`", path.display()))?,
        };
        if let Some(owner) = stranger(&found) {
            let (path, root) = (path.display(), root.display());
            return Err(Failure::usage(format!(
                "`{path}` belongs to `{owner}`, whose code would be run"
            ))
            .hint(format!(
                "if you trust it, give --trust, or set {VARIABLE}={root}"
            ))
            .into());
        }
    }
    Ok(())
}

/// Whether the user who runs the program owns it.
#[cfg(unix)]
#[must_use]
pub fn is_own(found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    found.uid() == rustix::process::geteuid().as_raw()
}

/// The name of the owner, if that is neither the user who runs the program nor the one who called sudo.
#[cfg(unix)]
fn stranger(found: &Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let invoker = || std::env::var("SUDO_UID").ok()?.parse::<u32>().ok();
    let is_root = rustix::process::geteuid().is_root();
    let own = is_own(found) || is_root && invoker() == Some(found.uid());
    (!own).then(|| name(found))
}

/// The name of the owner, or the number of one without a name.
#[cfg(unix)]
#[must_use]
pub fn name(found: &Metadata) -> String {
    use std::os::unix::fs::MetadataExt as _;
    let uid = nix::unistd::Uid::from_raw(found.uid());
    let user = nix::unistd::User::from_uid(uid).ok().flatten();
    user.map_or_else(|| uid.to_string(), |user| user.name)
}

/// Windows decides by access lists who may write where.
#[cfg(not(unix))]
fn stranger(_: &Metadata) -> Option<String> {
    None
}
