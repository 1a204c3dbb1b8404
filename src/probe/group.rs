//! Whether anything of a process group is still there. Windows needs no answer: its job objects leave nothing behind.

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
    let group = group.as_raw_nonzero().to_string();
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return false;
    };
    !processes.flatten().any(|process| {
        let stat = std::fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        // `pid (name) state parent group …`, and the name may hold anything.
        let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        let mut fields = rest.split(' ');
        let is_zombie = fields.next() == Some("Z");
        fields.nth(1) == Some(group.as_str()) && !is_zombie
    })
}

#[cfg(all(unix, not(target_os = "linux")))]
fn only_zombies(_: rustix::process::Pid) -> bool {
    false
}
