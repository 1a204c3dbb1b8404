//! Which part of the slow tests this run has, and which projects need no other run.
//!
//! `SHARD=i/n` keeps the i-th of n parts. A project that passed leaves its key: the hash of its tree, of the versions that it was
//! tested with, of the toolchain, and of the sources of the tests and of the program.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result};
use libtest_mimic::Trial;
use sha2::{Digest as _, Sha256};

use crate::locks;
use crate::support::{generated, run};

/// The slow tests of this part; tests that are not slow are in every part.
pub fn of_this_run(mut trials: Vec<Trial>) -> Vec<Trial> {
    let Ok(shard) = std::env::var("SHARD") else {
        return trials;
    };
    let (part, parts) =
        parse(&shard).unwrap_or_else(|| panic!("SHARD is `{shard}`, not `1/4` or the like"));
    let mut place = 0;
    trials.retain(|trial| {
        if !trial.has_ignored_flag() {
            return true;
        }
        place += 1;
        place % parts == part % parts
    });
    trials
}

fn parse(shard: &str) -> Option<(usize, usize)> {
    let (part, parts) = shard.split_once('/')?;
    let (part, parts) = (part.parse().ok()?, parts.parse().ok()?);
    (1..=parts).contains(&part).then_some((part, parts))
}

/// Where a project that passed leaves its mark; nothing where each run must try it.
pub fn mark(project: &Path) -> Result<Option<PathBuf>> {
    if locks::latest() {
        return Ok(None);
    }
    let mut hash = Sha256::new();
    hash.update(judges()?);
    add_files(&mut hash, project)?;
    let folder = generated().join("verified");
    fs::create_dir_all(&folder)?;
    let key: Vec<String> = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Some(folder.join(key.concat())))
}

/// The hash of what judges projects: the toolchain, the committed versions, and the sources of the tests and of the program.
fn judges() -> Result<&'static [u8]> {
    static HASH: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(hash) = HASH.get() {
        return Ok(hash);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut hash = Sha256::new();
    hash.update(run(Command::new("rustc").arg("-V"))?);
    for folder in ["src", "tests/e2e", "tests/it/support", "tests/locks", ".ci"] {
        add_files(&mut hash, &root.join(folder))?;
    }
    hash.update(fs::read(root.join("Cargo.lock"))?);
    Ok(HASH.get_or_init(|| hash.finalize().to_vec()))
}

fn add_files(hash: &mut Sha256, folder: &Path) -> Result<()> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).with_context(|| dir.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder)?.display().to_string();
                files.insert(name, fs::read(&path)?);
            }
        }
    }
    for (name, contents) in files {
        hash.update(format!("{name} {}\n", contents.len()));
        hash.update(contents);
    }
    Ok(())
}
