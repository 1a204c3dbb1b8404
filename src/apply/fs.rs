//! The file system operations that `apply` is made of, as a trait so that tests can make each one fail.

use std::{fs, io, path::Path};

/// Writing operations; only [`Fs::replace`] and [`Fs::overwrite`] replace what is there, and only a file that is being
/// written can be left half done.
pub trait Fs {
    /// Create the directory `path`.
    ///
    /// # Errors
    ///
    /// Fails when `path` exists or its parent does not.
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// Create the directory `path`, which only its owner can open.
    ///
    /// # Errors
    ///
    /// See [`Fs::create_dir`].
    fn create_private_dir(&self, path: &Path) -> io::Result<()>;

    /// Create the file `path`.
    ///
    /// # Errors
    ///
    /// Fails when `path` exists; a file that could not be written whole may stay.
    fn write(&self, path: &Path, contents: &[u8]) -> io::Result<()>;

    /// Create the file `path`, on the disk when this returns, with the owner and the permissions of the file `like`. Until
    /// then no other user can read it.
    ///
    /// # Errors
    ///
    /// See [`Fs::write`].
    fn write_like(&self, path: &Path, contents: &[u8], like: Option<&Path>) -> io::Result<()>;

    /// Give the file `path` other contents: its links and its permissions stay. Not one step.
    ///
    /// # Errors
    ///
    /// Fails when there is no such file; when it could not be written whole, it may hold a part.
    fn overwrite(&self, path: &Path, contents: &[u8]) -> io::Result<()>;

    /// Put the file `from` in the place of the file `to` on the same file system, in one step.
    ///
    /// # Errors
    ///
    /// Fails when `to` cannot be replaced.
    fn replace(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Move `from` to `to` on the same file system.
    ///
    /// # Errors
    ///
    /// Fails when `to` exists.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Remove the file or the link `path`.
    ///
    /// # Errors
    ///
    /// Fails when `path` is a directory.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Remove the directory `path`.
    ///
    /// # Errors
    ///
    /// Fails when `path` is not an empty directory.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;

    /// Remove the directory `path` and all below it; links are removed, not followed.
    ///
    /// # Errors
    ///
    /// Fails at the first thing that cannot be removed.
    fn remove_tree(&self, path: &Path) -> io::Result<()>;
}

/// The real file system.
#[derive(Debug, Clone, Copy)]
pub struct Disk;

impl Fs for Disk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn create_private_dir(&self, path: &Path) -> io::Result<()> {
        #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)
    }

    fn write(&self, path: &Path, contents: &[u8]) -> io::Result<()> {
        use io::Write as _;
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)?
            .write_all(contents)
    }

    fn write_like(&self, path: &Path, contents: &[u8], like: Option<&Path>) -> io::Result<()> {
        use io::Write as _;
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if like.is_some() {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(path)?;
        file.write_all(contents)?;
        if let Some(like) = like {
            be_like(&file, like)?;
        }
        file.sync_all()
    }

    fn overwrite(&self, path: &Path, contents: &[u8]) -> io::Result<()> {
        use io::Write as _;
        let mut file = fs::OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(path)?;
        file.write_all(contents)?;
        file.sync_all()
    }

    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        rename_new(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }
}

/// Give `file` the owner and the permissions of `like`.
fn be_like(file: &fs::File, like: &Path) -> io::Result<()> {
    let wanted = fs::metadata(like)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        let is = file.metadata()?;
        if (is.uid(), is.gid()) != (wanted.uid(), wanted.gid()) {
            fchown(file, Some(wanted.uid()), Some(wanted.gid()))?;
        }
    }
    file.set_permissions(wanted.permissions())
}

/// Rename in one step that fails when `to` exists, where the system has such a call.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::{
        fs::{CWD, RenameFlags, renameat_with},
        io::Errno,
    };
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // File systems and old kernels without the flag.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => rename_checked(from, to),
        outcome => outcome.map_err(io::Error::from),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    rename_checked(from, to)
}

fn rename_checked(from: &Path, to: &Path) -> io::Result<()> {
    if to.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)
}
