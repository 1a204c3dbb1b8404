//! What is left of the processes that a server started. Windows needs no answer: its job objects leave nothing behind.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The variable by which a process that left the group is still known.
pub(super) const VARIABLE: &str = "CREATE_MCP_SERVER_CHECK";

/// A value of [`VARIABLE`] that no other process of this machine has.
pub(super) fn mark() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{}-{number}", std::process::id())
}

/// Whether any process of `group` is still running.
#[cfg(unix)]
pub(super) fn is_alive(group: u32) -> bool {
    use rustix::process::{Pid, test_kill_process_group};
    let group = i32::try_from(group).ok().and_then(Pid::from_raw);
    group.is_some_and(|group| test_kill_process_group(group).is_ok() && !only_zombies(group))
}

#[cfg(not(unix))]
pub(super) fn is_alive(_: u32) -> bool {
    false
}

/// Whether all that is left of the group has ended, and waits for a parent that does not care, as the first process of
/// a container often does not.
#[cfg(target_os = "linux")]
fn only_zombies(group: rustix::process::Pid) -> bool {
    let group = group.as_raw_nonzero().get();
    !linux::processes().any(|it| it.group == group && !it.is_zombie)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn only_zombies(_: rustix::process::Pid) -> bool {
    false
}

/// Take over the processes whose parents ended, so that none is lost: for a program that starts nothing but servers
/// meanwhile.
pub fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    linux::adopt_orphans();
}

#[cfg(target_os = "linux")]
pub(super) use linux::{escaped, kill};

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        fs,
        sync::atomic::{AtomicBool, Ordering},
    };

    use rustix::process::{Pid, Signal, getpid, kill_process, set_child_subreaper};

    use super::VARIABLE;

    static ADOPTS: AtomicBool = AtomicBool::new(false);

    pub fn adopt_orphans() {
        // Kernels before 3.4 have no such call.
        let adopts = set_child_subreaper(Some(getpid())).is_ok();
        ADOPTS.store(adopts, Ordering::Relaxed);
    }

    pub struct Process {
        id: i32,
        parent: i32,
        pub group: i32,
        pub is_zombie: bool,
    }

    /// Every process that can be seen.
    pub fn processes() -> impl Iterator<Item = Process> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries.filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // `pid (name) state parent group …`, and the name may hold anything.
            let mut fields = stat.rsplit_once(") ")?.1.split(' ');
            Some(Process {
                id,
                is_zombie: fields.next() == Some("Z"),
                parent: fields.next()?.parse().ok()?,
                group: fields.next()?.parse().ok()?,
            })
        })
    }

    /// The processes that left `group`, as `setsid` does: what has the mark in its environment, descends from the group, or
    /// was adopted and has no mark at all.
    pub fn escaped(group: u32, mark: &str) -> Vec<i32> {
        let Ok(group) = i32::try_from(group) else {
            return Vec::new();
        };
        let all: Vec<_> = processes().filter(|it| !it.is_zombie).collect();
        let adopts = ADOPTS.load(Ordering::Relaxed);
        let own = getpid().as_raw_nonzero().get();
        let wanted = format!("{VARIABLE}={mark}");
        let start = format!("{VARIABLE}=");
        let marked = |process: &Process| {
            let found = fs::read(format!("/proc/{}/environ", process.id)).unwrap_or_default();
            let mut all = found.split(|byte| *byte == 0);
            match all.find(|it| it.starts_with(start.as_bytes())) {
                Some(found) => found == wanted.as_bytes(),
                None => adopts && process.parent == own,
            }
        };
        let (mut family, mut rest): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|it| it.group == group || marked(it));
        loop {
            let is_child = |it: &Process| family.iter().any(|parent| parent.id == it.parent);
            let (children, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(is_child);
            if children.is_empty() {
                break;
            }
            rest = others;
            family.extend(children);
        }
        let left = family.iter().filter(|it| it.group != group);
        left.map(|it| it.id).collect()
    }

    /// Kill `escaped`, and what these start meanwhile.
    pub fn kill(mut escaped: Vec<i32>, group: u32, mark: &str) {
        // One that forks faster than this is not worth waiting for.
        for _ in 0..20 {
            for id in escaped.iter().filter_map(|id| Pid::from_raw(*id)) {
                // It may have ended by itself.
                let _ = kill_process(id, Signal::KILL);
            }
            escaped = self::escaped(group, mark);
            if escaped.is_empty() {
                return;
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn escaped(_: u32, _: &str) -> Vec<i32> {
    Vec::new()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn kill(_: Vec<i32>, _: u32, _: &str) {}
