//! `apply` under every fault: each operation fails once, dies once, and is interrupted once; nothing of the user's
//! changes, and no half project stands under the target's name.

use std::{cell::Cell, collections::BTreeMap, fs, path::Path};

use create_mcp_server::{
    apply::{Disk, apply, recover},
    error::{Code, code},
    plan::{Change, Expect, Place, Plan, RelPath, sha256},
};
use tempfile::TempDir;

use crate::support::{
    faulty::{Fault, Faulty},
    sandbox::Sandbox,
    tree,
};

pub fn never() -> bool {
    false
}

pub fn project_files() -> BTreeMap<String, String> {
    [
        ("a.txt", "A"),
        ("src/b.txt", "B"),
        ("src/deep/c.txt", "C"),
        (".dot", "D"),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .into()
}

pub fn creation(root: &Path) -> Plan {
    Plan::create(root.to_owned(), Place::New, project_files()).expect("valid paths")
}

/// Files of the user, and a plan that creates, replaces and deletes among them.
pub fn edit(root: &Path) -> Plan {
    let user = [
        ("keep.txt", "mine"),
        ("edit.txt", "old"),
        ("src/gone.txt", "bye"),
        ("src/b.txt", "b"),
    ];
    tree::write(
        root,
        &user
            .map(|(path, text)| (path.to_owned(), text.to_owned()))
            .into(),
    );
    let change = |path: &str, before: Option<&str>, after: Option<&str>| Change {
        path: RelPath::new(path).expect("valid path"),
        before: before.map_or(Expect::Absent, |text| {
            Expect::Sha256(sha256(text.as_bytes()))
        }),
        after: after.map(str::to_owned),
    };
    Plan {
        root: root.to_owned(),
        place: Place::Existing,
        changes: vec![
            change("edit.txt", Some("old"), Some("new")),
            change("src/gone.txt", Some("bye"), None),
            change("src/new/x.txt", None, Some("x")),
            change("src/b.txt", Some("b"), Some("bb")),
        ],
    }
}

/// Run `plan` with a fault at operation 0, 1, 2 … until one run sees no fault; `after` looks at the disk each time.
fn sweep(
    fault: Fault,
    prepare: impl Fn(&Path) -> Plan,
    after: impl Fn(&Path, &Plan, &Faulty, bool),
) -> usize {
    for at in 0.. {
        let sandbox = TempDir::new().expect("temporary directory");
        let plan = prepare(sandbox.path());
        let faulty = Faulty::new(at, fault);
        let outcome = apply(&plan, &faulty, &never);
        if !faulty.happened() {
            outcome.expect("no fault, no failure");
            return at;
        }
        after(sandbox.path(), &plan, &faulty, outcome.is_ok());
    }
    unreachable!("a plan has finitely many operations")
}

#[test]
fn every_failure_of_a_creation_leaves_nothing_behind() {
    let operations = sweep(
        Fault::DiskFull,
        |sandbox| creation(&sandbox.join("missing/parent/project")),
        |sandbox, plan, faulty, ok| {
            if ok {
                assert_eq!(tree::texts(&plan.root), project_files(), "{}", faulty.log());
            } else {
                assert_eq!(tree::read(sandbox), BTreeMap::new(), "{}", faulty.log());
            }
        },
    );
    assert!(operations > 10, "the sweep saw {operations} operations");
}

#[test]
fn a_kill_during_a_creation_leaves_no_half_project_and_the_next_run_succeeds() {
    sweep(
        Fault::Killed,
        |sandbox| creation(&sandbox.join("project")),
        |sandbox, plan, faulty, _| {
            if plan.root.exists() {
                assert_eq!(tree::texts(&plan.root), project_files(), "{}", faulty.log());
                fs::remove_dir_all(&plan.root).expect("remove the project");
            }
            apply(plan, &Disk, &never).expect("the next run succeeds");
            assert_eq!(
                tree::texts(sandbox).len(),
                project_files().len(),
                "{}",
                faulty.log()
            );
        },
    );
}

#[test]
fn every_failure_inside_an_existing_directory_is_undone() {
    let operations = sweep(Fault::DiskFull, edit, |sandbox, plan, faulty, ok| {
        let fresh = TempDir::new().expect("temporary directory");
        edit(fresh.path());
        if ok {
            apply(&edit(fresh.path()), &Disk, &never).expect("applies");
            // Only the removal of the stage can fail after the commit; the next run removes it.
            recover(sandbox, &Disk).expect("recovers");
        }
        assert_eq!(
            tree::read(sandbox),
            tree::read(fresh.path()),
            "{}\n{plan:?}",
            faulty.log()
        );
    });
    assert!(operations >= 15, "the sweep saw {operations} operations");
}

#[test]
fn a_kill_inside_an_existing_directory_is_undone_by_the_next_run() {
    let (undone, done) = (Cell::new(0), Cell::new(0));
    sweep(Fault::Killed, edit, |sandbox, _, faulty, _| {
        recover(sandbox, &Disk).expect("recovers");
        let fresh = TempDir::new().expect("temporary directory");
        let plan = edit(fresh.path());
        if tree::read(sandbox) == tree::read(fresh.path()) {
            undone.set(undone.get() + 1);
        } else {
            apply(&plan, &Disk, &never).expect("applies");
            assert_eq!(
                tree::read(sandbox),
                tree::read(fresh.path()),
                "{}",
                faulty.log()
            );
            done.set(done.get() + 1);
        }
    });
    assert!(undone.get() > 10 && done.get() >= 1, "{undone:?} {done:?}");
}

#[test]
fn an_interruption_between_any_two_operations_changes_nothing() {
    for existing in [false, true] {
        for at in 0.. {
            let sandbox = TempDir::new().expect("temporary directory");
            let root = sandbox.path().join("project");
            let plan = if existing {
                fs::create_dir(&root).expect("create the directory");
                edit(&root)
            } else {
                creation(&root)
            };
            let before = tree::read(sandbox.path());
            let asked = Cell::new(0);
            let outcome = apply(&plan, &Disk, &|| asked.replace(asked.get() + 1) >= at);
            if outcome.is_ok() {
                assert!(at > 3, "interruptions are noticed");
                break;
            }
            assert_eq!(code(&outcome.expect_err("interrupted")), Code::Interrupted);
            assert_eq!(tree::read(sandbox.path()), before, "at {at}");
        }
    }
}

#[test]
fn a_target_that_appears_meanwhile_is_not_touched() {
    let sandbox = TempDir::new().expect("temporary directory");
    let root = sandbox.path().join("project");
    for make in [
        (|root: &Path| fs::create_dir(root)) as fn(&Path) -> std::io::Result<()>,
        |root| fs::write(root, "mine"),
    ] {
        let plan = creation(&root);
        let appear = Cell::new(Some(make));
        let error = apply(&plan, &Disk, &|| {
            if let Some(make) = appear.take() {
                make(&root).expect("appears");
            }
            false
        })
        .expect_err("refused");
        assert_eq!(code(&error), Code::Usage, "{error:#}");
        assert_eq!(tree::read(sandbox.path()).len(), 1, "{error:#}");
        let _ = fs::remove_dir(&root);
        let _ = fs::remove_file(&root);
    }
}

#[test]
fn a_file_that_changed_since_the_plan_is_not_touched() {
    let sandbox = TempDir::new().expect("temporary directory");
    let plan = edit(sandbox.path());
    fs::write(sandbox.path().join("edit.txt"), "edited meanwhile").expect("edit");
    let before = tree::read(sandbox.path());
    let error = apply(&plan, &Disk, &never).expect_err("refused");
    assert!(
        format!("{error:#}").contains("changed in the meantime"),
        "{error:#}"
    );
    assert_eq!(tree::read(sandbox.path()), before);
}

#[test]
fn a_second_run_in_the_same_place_is_refused_while_the_first_works() {
    let sandbox = TempDir::new().expect("temporary directory");
    let root = sandbox.path().join("project");
    let plan = creation(&root);
    let second = Cell::new(None);
    apply(&plan, &Disk, &|| {
        if let Ok(error) = apply(&plan, &Disk, &never).map_err(|error| format!("{error:#}")) {
            panic!("the second run wrote: {error:?}");
        }
        second.set(Some(()));
        false
    })
    .expect("the first run succeeds");
    assert!(second.take().is_some());
    assert_eq!(tree::texts(&root), project_files());
}

#[test]
fn the_next_run_of_the_program_undoes_a_killed_one_and_says_so() {
    let sandbox = Sandbox::new();
    let here = sandbox.path("here");
    fs::create_dir_all(here.join(".git")).expect("create directories");
    let plan = Plan::create(here.clone(), Place::Existing, project_files()).expect("valid paths");
    // Past the journal, before the last move.
    apply(&plan, &Faulty::new(12, Fault::Killed), &never).expect_err("killed");
    assert!(here.join("a.txt").exists() && here.join(".create-mcp-server-stage").exists());
    let mut dry = sandbox.command(&[".", "--dry-run"]);
    let before = tree::read(&here);
    dry.current_dir(&here).output().expect("the program runs");
    assert_eq!(tree::read(&here), before, "a dry run changes nothing");
    let mut again = sandbox.command(&[".", "-y"]);
    let run = sandbox.finish(&again.current_dir(&here).output().expect("the program runs"));
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    assert!(
        run.stderr
            .contains("undid the changes that an interrupted run left"),
        "{}",
        run.stderr
    );
    assert!(!here.join("a.txt").exists() && here.join("README.md").exists());
    assert!(!here.join(".create-mcp-server-stage").exists());
}
