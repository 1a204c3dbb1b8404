//! Every process tree that is running now, so that a signal handler on another thread can end them all.
//!
//! On Windows a job object does this: the system ends its processes when ours is gone.

use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(unix)]
use std::sync::{Mutex, PoisonError};

static STOPPED: AtomicBool = AtomicBool::new(false);

#[cfg(unix)]
static GROUPS: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// End every process that a running check has started, and let it start no more. For the signal handler of the
/// program, which then exits; safe from any thread.
pub fn stop() {
    STOPPED.store(true, Ordering::SeqCst);
    #[cfg(unix)]
    for group in GROUPS.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        kill(*group);
    }
}

/// Whether [`stop`] was called.
pub(super) fn is_stopped() -> bool {
    STOPPED.load(Ordering::SeqCst)
}

/// Keeps a process group known for as long as it lives.
#[derive(Debug)]
pub(super) struct Registered {
    #[cfg(unix)]
    group: u32,
}

impl Registered {
    /// A group that appears after [`stop`] is ended at once.
    #[cfg_attr(
        not(unix),
        expect(unused_variables, reason = "only Unix has process groups")
    )]
    pub fn new(group: u32) -> Self {
        #[cfg(unix)]
        {
            let mut groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
            groups.push(group);
            if is_stopped() {
                kill(group);
            }
        }
        Self {
            #[cfg(unix)]
            group,
        }
    }

    /// Whether any process of the group is still there.
    #[cfg(unix)]
    pub fn is_alive(&self) -> bool {
        let exists = pid(self.group)
            .is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok());
        exists && !only_zombies(self.group)
    }

    #[cfg(not(unix))]
    #[expect(clippy::unused_self, reason = "the same shape on every platform")]
    pub fn is_alive(&self) -> bool {
        false
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        #[cfg(unix)]
        GROUPS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|group| *group != self.group);
    }
}

/// Whether all that is left of the group has ended, and waits for a parent that does not care, as the first process of
/// a container often does not.
#[cfg(target_os = "linux")]
fn only_zombies(group: u32) -> bool {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return false;
    };
    !processes.flatten().any(|process| {
        let stat = std::fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        // `pid (name) state parent group …`, and the name may hold anything.
        let mut fields = stat
            .rsplit_once(") ")
            .map_or("", |(_, rest)| rest)
            .split(' ');
        let (state, _, of) = (fields.next(), fields.next(), fields.next());
        of.and_then(|of| of.parse().ok()) == Some(group) && state != Some("Z")
    })
}

#[cfg(all(unix, not(target_os = "linux")))]
fn only_zombies(_: u32) -> bool {
    false
}

#[cfg(unix)]
fn pid(group: u32) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(group).ok()?)
}

#[cfg(unix)]
fn kill(group: u32) {
    if let Some(group) = pid(group) {
        // It may be gone already.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}
