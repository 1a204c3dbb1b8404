//! One file per verb: orchestration only.

pub mod add;
pub mod call;
pub mod check;
pub mod completions;
pub mod install;
pub mod list;
pub mod new;
pub mod remove;
pub mod uninstall;
