//! Helpers that several modules use.

pub mod combinations;
pub mod faulty;
pub mod parse;
pub mod sandbox;
#[cfg(unix)]
pub mod terminal;
pub mod tree;
