//! Reading files that a stranger may have made: regular ones, at most 1 MiB, and never waiting for a writer.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _},
    path::Path,
};

/// Largest file that is read; those of projects have a few kilobytes.
const MAX_BYTES: u64 = 1 << 20;

/// The bytes of the file at `path`; `None` when there is none.
///
/// # Errors
///
/// Fails when it is a device, a pipe or a directory, when it is too large, or when it cannot be read.
pub fn bytes(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        outcome => outcome?,
    };
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok(Some(bytes))
}

/// The text of the file at `path`; `None` when there is none.
///
/// # Errors
///
/// See [`bytes`]; also when it is not UTF-8.
pub fn text(path: &Path) -> io::Result<Option<String>> {
    let Some(bytes) = bytes(path)? else {
        return Ok(None);
    };
    let text = String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8 text"))?;
    Ok(Some(text))
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A pipe without a writer would block the call.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    options.open(path)
}
