//! Each operation of a write fails once, and dies once: the file is the old one or the new one, and nothing else changes.

use std::{cell::Cell, collections::BTreeMap, fs, path::Path};

use create_mcp_server::{
    apply::Disk,
    error::{Code, code},
    hosts::{
        Scope,
        job::Wishes,
        places::{Machine, System},
    },
};
use tempfile::TempDir;

use super::{host, program};
use crate::support::{
    faulty::{Fault, Faulty},
    tree::{self, Node},
};

const OLD: &str = "{\n  \"mcpServers\": {\n    \"a\": {}\n  }\n}\n";

fn machine(home: &Path) -> Machine {
    Machine::new(System::Linux, Some(home), &|_| None)
}

/// Install or remove with `faulty` as the disk.
fn perform(
    home: &Path,
    remove: bool,
    faulty: &dyn create_mcp_server::apply::Fs,
    interrupted: &dyn Fn() -> bool,
) -> anyhow::Result<()> {
    let machine = machine(home);
    let wishes = Wishes {
        machine: &machine,
        root: &home.join("project"),
        scope: Scope::User,
        servers: vec![program()],
        hosts: vec![host("cursor")],
        remove,
        force: false,
    };
    let jobs = wishes.jobs()?;
    wishes
        .perform(&jobs[0], faulty, interrupted, &|_| Ok(()))
        .map(drop)
}

fn never() -> bool {
    false
}

/// What a run begins with: no file, a file, a file with the entry, a file that was made for the entry.
const STATES: [(&str, bool); 4] = [
    ("missing", false),
    ("there", false),
    ("installed", true),
    ("made", true),
];

fn prepare(state: &str) -> TempDir {
    let home = TempDir::new().unwrap();
    if ["there", "installed"].contains(&state) {
        fs::create_dir(home.path().join(".cursor")).unwrap();
        fs::write(home.path().join(".cursor/mcp.json"), OLD).unwrap();
    }
    if ["installed", "made"].contains(&state) {
        perform(home.path(), false, &Disk, &never).unwrap();
    }
    home
}

type Tree = BTreeMap<String, Node>;

/// A tree without what a killed run may leave: its stage, and a whole copy of the file.
fn without_litter(tree: &Tree) -> Tree {
    let mut tree = tree.clone();
    tree.retain(|path, _| !path.contains(".create-mcp-server-stage") && !path.contains(".bak."));
    tree
}

fn states(state: &str, remove: bool) -> (Tree, Tree) {
    let home = prepare(state);
    let before = tree::read(home.path());
    perform(home.path(), remove, &Disk, &never).unwrap();
    (before, tree::read(home.path()))
}

#[test]
fn every_failure_leaves_the_file_as_it_was_and_nothing_beside_it() {
    for (state, remove) in STATES {
        let after = without_litter(&states(state, remove).1);
        let mut failures = 0;
        for at in 0.. {
            let home = prepare(state);
            let before = tree::read(home.path());
            let faulty = Faulty::new(at, Fault::DiskFull);
            let outcome = perform(home.path(), remove, &faulty, &never);
            if !faulty.happened() {
                outcome.unwrap();
                assert!(at >= 4, "{state}: only {at} operations");
                break;
            }
            let found = tree::read(home.path());
            if outcome.is_err() {
                failures += 1;
                assert_eq!(found, before, "{state}\n{}", faulty.log());
            } else {
                // Only tidying up may fail in silence.
                let found = without_litter(&found);
                let found: Vec<_> = found
                    .iter()
                    .filter(|(_, node)| **node != Node::Directory)
                    .collect();
                let after: Vec<_> = after
                    .iter()
                    .filter(|(_, node)| **node != Node::Directory)
                    .collect();
                assert_eq!(found, after, "{state}\n{}", faulty.log());
            }
        }
        assert!(failures >= 2, "{state}: {failures}");
    }
}

#[test]
fn a_kill_leaves_the_old_file_or_the_new_one_and_the_next_run_tidies_up() {
    for (state, remove) in STATES {
        let (before, after) = states(state, remove);
        let (before, after) = (without_litter(&before), without_litter(&after));
        let (mut old, mut new) = (0, 0);
        for at in 0.. {
            let home = prepare(state);
            let faulty = Faulty::new(at, Fault::Killed);
            let _ = perform(home.path(), remove, &faulty, &never);
            if !faulty.happened() {
                break;
            }
            let file = home.path().join(".cursor/mcp.json");
            let whole = |tree: &Tree| match tree.get(".cursor/mcp.json") {
                Some(Node::File(text)) => Some(text.clone()),
                _ => None,
            };
            let found = fs::read(&file).ok();
            if found == whole(&before) {
                old += 1;
            } else {
                assert_eq!(found, whole(&after), "{state}\n{}", faulty.log());
                new += 1;
            }
            perform(home.path(), remove, &Disk, &never).unwrap();
            let tidy = tree::read(home.path());
            let files = |tree: &Tree| {
                let files = tree.iter().filter(|(_, node)| **node != Node::Directory);
                files
                    .map(|(path, node)| (path.clone(), node.clone()))
                    .collect::<Tree>()
            };
            assert_eq!(
                files(&without_litter(&tidy)),
                files(&after),
                "{state}\n{}",
                faulty.log()
            );
        }
        assert!(old >= 2 && new >= 1, "{state}: {old} {new}");
    }
}

#[test]
fn an_interruption_changes_nothing() {
    for (state, remove) in STATES {
        for at in 0.. {
            let home = prepare(state);
            let before = tree::read(home.path());
            let asked = Cell::new(0);
            let outcome = perform(home.path(), remove, &Disk, &|| {
                asked.replace(asked.get() + 1) >= at
            });
            if outcome.is_ok() {
                assert!(at >= 1, "{state}: interruptions are noticed");
                break;
            }
            assert_eq!(code(&outcome.unwrap_err()), Code::Interrupted);
            assert_eq!(tree::read(home.path()), before, "{state} at {at}");
        }
    }
}
