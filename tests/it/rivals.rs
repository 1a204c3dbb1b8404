//! `apply` and `recover` among other runs, killed undoings, links and stages that strangers made.

use std::{cell::Cell, collections::BTreeMap, fs, io, path::Path, sync::mpsc, time::Duration};

use create_mcp_server::{
    apply::{Disk, Fs, apply, recover},
    plan::{Place, Plan, hex, sha256},
};
use tempfile::TempDir;

use crate::{
    faults::{creation, edit, never, project_files},
    support::{
        faulty::{Fault, Faulty},
        tree,
    },
};

const STAGE: &str = ".create-mcp-server-stage";

/// The disk, with something that happens just before each operation.
struct Watched<F: Fn(&Path)>(F);

impl<F: Fn(&Path)> Fs for Watched<F> {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        (self.0)(path);
        Disk.create_dir(path)
    }

    fn create_private_dir(&self, path: &Path) -> io::Result<()> {
        (self.0)(path);
        Disk.create_private_dir(path)
    }

    fn overwrite(&self, path: &Path, contents: &[u8]) -> io::Result<()> {
        (self.0)(path);
        Disk.overwrite(path, contents)
    }

    fn write(&self, path: &Path, contents: &[u8]) -> io::Result<()> {
        (self.0)(path);
        Disk.write(path, contents)
    }

    fn write_like(&self, path: &Path, contents: &[u8], like: Option<&Path>) -> io::Result<()> {
        (self.0)(path);
        Disk.write_like(path, contents, like)
    }

    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        (self.0)(to);
        Disk.replace(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        (self.0)(from);
        Disk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        (self.0)(path);
        Disk.remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        (self.0)(path);
        Disk.remove_dir(path)
    }

    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        (self.0)(path);
        Disk.remove_tree(path)
    }
}

/// A second run begins just before operation `at` of one that is interrupted, and ends after it; says whether there was
/// such an operation.
fn a_second_run_at(at: usize) -> bool {
    let sandbox = TempDir::new().expect("temporary directory");
    let plan = creation(&sandbox.path().join("project"));
    let (building, built) = mpsc::channel();
    let (ended, end) = mpsc::channel();
    let count = Cell::new(0);
    let second = std::thread::scope(|scope| {
        let plan = &plan;
        let second = Cell::new(Some(move || {
            let told = Cell::new(false);
            apply(plan, &Disk, &|| {
                // With its first file about to be written.
                if !told.replace(true) {
                    let _ = building.send(());
                    let _ = end.recv_timeout(Duration::from_secs(5));
                }
                false
            })
        }));
        let handle = Cell::new(None);
        let disk = Watched(|_| {
            if count.replace(count.get() + 1) == at {
                handle.set(second.take().map(|second| scope.spawn(second)));
                let _ = built.recv_timeout(Duration::from_secs(5));
            }
        });
        let asked = Cell::new(0);
        let first = apply(plan, &disk, &|| asked.replace(asked.get() + 1) == 3);
        let first = format!("{:#}", first.expect_err("interrupted, or refused"));
        let expected = ["interrupted", "another run"];
        assert!(expected.iter().any(|text| first.contains(text)), "{first}");
        let _ = ended.send(());
        handle.take().map(|handle| handle.join().expect("no panic"))
    });
    match &second {
        None => {}
        Some(Ok(())) => assert_eq!(tree::texts(&plan.root), project_files(), "at {at}"),
        Some(Err(error)) => {
            assert!(
                format!("{error:#}").contains("another run"),
                "at {at}: {error:#}"
            );
            assert_eq!(tree::read(sandbox.path()), BTreeMap::new(), "at {at}");
        }
    }
    second.is_some()
}

#[test]
fn a_second_run_at_any_moment_succeeds_or_is_refused() {
    let operations = (0..10_000).take_while(|at| a_second_run_at(*at)).count();
    assert!(operations > 5, "{operations} operations");
}

#[test]
fn an_undoing_that_is_killed_is_finished_by_the_next() {
    let sandbox = || TempDir::new().expect("temporary directory");
    let (fresh, done) = (sandbox(), sandbox());
    edit(fresh.path());
    apply(&edit(done.path()), &Disk, &never).expect("applies");
    let (fresh, done) = (tree::read(fresh.path()), tree::read(done.path()));
    let mut undoings = 0;
    for first in 0.. {
        for second in 0.. {
            let sandbox = sandbox();
            let killed = Faulty::new(first, Fault::Killed);
            let _ = apply(&edit(sandbox.path()), &killed, &never);
            if !killed.happened() {
                assert!(undoings > 50, "{undoings} undoings");
                return;
            }
            let undoing = Faulty::new(second, Fault::Killed);
            let _ = recover(sandbox.path(), &undoing);
            recover(sandbox.path(), &Disk).expect("nothing disturbs this one");
            let found = tree::read(sandbox.path());
            let log = format!("{}\n---\n{}", killed.log(), undoing.log());
            assert!(found == fresh || found == done, "{log}\n{found:?}");
            if !undoing.happened() {
                break;
            }
            undoings += 1;
        }
    }
}

#[test]
fn a_link_to_a_file_is_put_back_as_a_link() {
    let sandbox = TempDir::new().expect("temporary directory");
    let root = sandbox.path().join("project");
    let plan = edit(&root);
    fs::rename(root.join("edit.txt"), sandbox.path().join("real.txt")).expect("move the file");
    link("../real.txt", &root.join("edit.txt"));
    let before = tree::read(sandbox.path());
    let asked = Cell::new(0);
    apply(&plan, &Disk, &|| asked.replace(asked.get() + 1) == 7).expect_err("interrupted");
    assert_eq!(tree::read(sandbox.path()), before);
}

#[test]
fn a_stage_that_is_a_link_is_refused_and_what_it_leads_to_stays() {
    let sandbox = TempDir::new().expect("temporary directory");
    let precious = sandbox.path().join("precious");
    let project = sandbox.path().join("project");
    fs::create_dir_all(precious.join("new")).expect("create directories");
    fs::create_dir(&project).expect("create a directory");
    fs::write(precious.join("mine.txt"), "mine").expect("write a file");
    fs::write(precious.join("new/mine.txt"), "mine").expect("write a file");
    link("../precious", &project.join(STAGE));
    link(
        "precious",
        &sandbox.path().join(".create-mcp-server-new-fresh"),
    );
    let before = tree::read(sandbox.path());
    let inside = Plan::create(project.clone(), Place::Existing, project_files()).expect("a plan");
    let fresh = creation(&sandbox.path().join("fresh"));
    for outcome in [
        recover(&project, &Disk).map(drop),
        apply(&inside, &Disk, &never),
        apply(&fresh, &Disk, &never),
    ] {
        let error = outcome.expect_err("refused");
        assert!(format!("{error:#}").contains("in the way"), "{error:#}");
        assert_eq!(tree::read(sandbox.path()), before);
    }
}

#[test]
fn a_strangers_journal_moves_nothing_out_of_the_directory() {
    let sandbox = TempDir::new().expect("temporary directory");
    let project = sandbox.path().join("project");
    fs::create_dir_all(&project).expect("create directories");
    fs::create_dir(sandbox.path().join("home")).expect("create a directory");
    fs::write(sandbox.path().join("home/mine.txt"), "mine").expect("write a file");
    killed_run(&project);
    fs::write(project.join(STAGE).join("old-0"), "evil").expect("write a file");
    link("../home", &project.join("link"));
    let hash = hex(&sha256(b"mine"));
    for (path, had, new, problem) in [
        ("link/evil.txt", true, "null".to_owned(), "symbolic link"),
        (
            "link/mine.txt",
            false,
            format!("\"{hash}\""),
            "symbolic link",
        ),
        (
            "../home/mine.txt",
            false,
            format!("\"{hash}\""),
            "not a path inside",
        ),
    ] {
        let entry = format!("{{\"path\":\"{path}\",\"had\":{had},\"new\":{new}}}");
        let journal = format!("{{\"directories\":[],\"changes\":[{entry}]}}");
        fs::write(project.join(STAGE).join("journal.json"), journal).expect("write a file");
        let error = recover(&project, &Disk).expect_err(path);
        assert!(format!("{error:#}").contains(problem), "{error:#}");
        let home = tree::texts(&sandbox.path().join("home"));
        assert_eq!(home, [("mine.txt".to_owned(), "mine".to_owned())].into());
    }
}

/// As when `A` gives way to `a` where the file system takes both for one.
#[test]
fn changes_are_undone_last_first() {
    let sandbox = TempDir::new().expect("temporary directory");
    let root = sandbox.path().join("project");
    let stage = killed_run(&root);
    for entry in stage.read_dir().expect("readable").flatten() {
        let name = entry.file_name();
        if name != "lock" && name != "seal" {
            fs::remove_file(entry.path()).expect("remove a file");
        }
    }
    let hash = hex(&sha256(b"new"));
    let journal = format!(
        "{{\"directories\":[],\"changes\":[{{\"path\":\"a\",\"had\":true,\"new\":null}},{{\"path\":\"a\",\"had\":false,\"new\":\"{hash}\"}}]}}"
    );
    for (path, text) in [
        (stage.join("journal.json"), &*journal),
        (stage.join("old-0"), "old"),
        (root.join("a"), "new"),
    ] {
        fs::write(path, text).expect("write a file");
    }
    assert!(recover(&root, &Disk).expect("undone"));
    assert_eq!(tree::texts(&root)["a"], "old");
}

#[test]
fn what_was_edited_after_a_kill_is_kept_and_so_is_its_original() {
    let sandbox = TempDir::new().expect("temporary directory");
    let plan = edit(sandbox.path());
    // Each file in its new place, the journal still there.
    apply(&plan, &Faulty::new(14, Fault::Killed), &never).expect_err("killed");
    let edited = sandbox.path().join("edit.txt");
    assert_eq!(fs::read_to_string(&edited).expect("a file"), "new");
    fs::write(&edited, "edited").expect("write a file");
    fs::write(sandbox.path().join("src/new/x.txt"), "edited").expect("write a file");
    let error = recover(sandbox.path(), &Disk).expect_err("left alone");
    assert!(format!("{error:#}").contains("old-0"), "{error:#}");
    let texts = tree::texts(sandbox.path());
    for (path, text) in [
        ("edit.txt", "edited"),
        ("src/new/x.txt", "edited"),
        (".create-mcp-server-stage/old-0", "old"),
    ] {
        assert_eq!(texts[path], text, "{path}");
    }
}

#[test]
fn a_stage_that_cannot_be_locked_keeps_what_is_in_it() {
    let sandbox = TempDir::new().expect("temporary directory");
    let stage = sandbox.path().join(STAGE);
    fs::create_dir_all(stage.join("lock")).expect("create directories");
    fs::write(stage.join("old-0"), "mine").expect("write a file");
    let before = tree::read(sandbox.path());
    recover(sandbox.path(), &Disk).expect_err("no lock");
    assert_eq!(tree::read(sandbox.path()), before);
}

#[test]
fn a_parent_that_another_run_makes_first_is_used() {
    let sandbox = TempDir::new().expect("temporary directory");
    let plan = creation(&sandbox.path().join("missing/project"));
    let disk = Watched(|path: &Path| {
        if path.ends_with("missing") {
            fs::create_dir(path).expect("create a directory");
        }
    });
    apply(&plan, &disk, &never).expect("succeeds");
    assert_eq!(tree::texts(&plan.root), project_files());
}

/// The stage of a run in `root` that was killed past its journal.
pub fn killed_run(root: &Path) -> std::path::PathBuf {
    apply(&edit(root), &Faulty::new(11, Fault::Killed), &never).expect_err("killed");
    let stage = root.join(STAGE);
    assert!(stage.join("journal.json").is_file());
    stage
}

fn link(to: &str, at: &Path) {
    #[cfg(unix)]
    std::os::unix::fs::symlink(to, at).expect("create a link");
    #[cfg(windows)]
    std::os::windows::fs::symlink_dir(to, at).expect("create a link");
}
