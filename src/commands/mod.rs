//! One file per verb: orchestration only.

pub mod check;
pub mod completions;
pub mod list;
pub mod new;
