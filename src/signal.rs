//! Ctrl-C and termination requests: noticed between operations while something is under way, immediate otherwise.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{Context as _, Result};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// How many [`Busy`] there are.
static BUSY: AtomicUsize = AtomicUsize::new(0);

/// Install the handler, once, for the whole process.
///
/// # Errors
///
/// Fails when the system refuses a handler.
pub fn install() -> Result<()> {
    ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::SeqCst);
        if BUSY.load(Ordering::SeqCst) == 0 {
            crate::ui::restore_terminal();
            std::process::exit(crate::error::Code::Interrupted as i32);
        }
    })
    .context("cannot handle Ctrl-C")
}

/// Whether the user asked to stop.
#[must_use]
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// While this lives, an interruption only sets the flag: the code at work cleans up and stops.
#[must_use]
pub struct Busy(());

impl Busy {
    /// Something is under way from here on.
    pub fn begin() -> Self {
        BUSY.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        BUSY.fetch_sub(1, Ordering::SeqCst);
    }
}
