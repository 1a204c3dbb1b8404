//! Helpers that several modules use.

pub mod faulty;
pub mod tree;
