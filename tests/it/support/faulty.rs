//! A file system that fails, or dies, at a chosen operation.

use std::{
    cell::{Cell, RefCell},
    io,
    path::Path,
};

use create_mcp_server::apply::{Disk, Fs};

/// What happens at the chosen operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails as a full disk does: a file that is being written stays, half of it.
    DiskFull,
    /// It and every later one fail, as after `kill -9`: nothing can be undone by this run.
    Killed,
}

/// The real disk until operation `at`.
pub struct Faulty {
    at: usize,
    fault: Fault,
    count: Cell<usize>,
    done: RefCell<Vec<String>>,
}

impl Faulty {
    pub fn new(at: usize, fault: Fault) -> Self {
        Self {
            at,
            fault,
            count: Cell::new(0),
            done: RefCell::default(),
        }
    }

    /// Whether the fault happened.
    pub fn happened(&self) -> bool {
        self.count.get() > self.at
    }

    /// The operations so far.
    pub fn log(&self) -> String {
        self.done.borrow().join("\n")
    }

    fn step(&self, what: &str, path: &Path) -> io::Result<()> {
        let number = self.count.replace(self.count.get() + 1);
        self.done
            .borrow_mut()
            .push(format!("{number} {what} {}", path.display()));
        let fails = match self.fault {
            Fault::DiskFull => number == self.at,
            Fault::Killed => number >= self.at,
        };
        if fails {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }
}

impl Fs for Faulty {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.step("create_dir", path)?;
        Disk.create_dir(path)
    }

    fn create_private_dir(&self, path: &Path) -> io::Result<()> {
        self.step("create_private_dir", path)?;
        Disk.create_private_dir(path)
    }

    fn overwrite(&self, path: &Path, contents: &[u8]) -> io::Result<()> {
        let outcome = self.step("overwrite", path);
        let first_fault = self.count.get() == self.at + 1;
        if outcome.is_err() && first_fault {
            Disk.overwrite(path, &contents[..contents.len() / 2])?;
        }
        outcome?;
        Disk.overwrite(path, contents)
    }

    fn write(&self, path: &Path, contents: &[u8]) -> io::Result<()> {
        let outcome = self.step("write", path);
        let first_fault = self.count.get() == self.at + 1;
        if outcome.is_err() && first_fault {
            Disk.write(path, &contents[..contents.len() / 2])?;
        }
        outcome?;
        Disk.write(path, contents)
    }

    fn write_like(&self, path: &Path, contents: &[u8], like: Option<&Path>) -> io::Result<()> {
        let outcome = self.step("write_like", path);
        let first_fault = self.count.get() == self.at + 1;
        if outcome.is_err() && first_fault {
            Disk.write_like(path, &contents[..contents.len() / 2], like)?;
        }
        outcome?;
        Disk.write_like(path, contents, like)
    }

    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step("replace", to)?;
        Disk.replace(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step("rename", to)?;
        Disk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.step("remove_file", path)?;
        Disk.remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.step("remove_dir", path)?;
        Disk.remove_dir(path)
    }

    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        self.step("remove_tree", path)?;
        Disk.remove_tree(path)
    }
}
