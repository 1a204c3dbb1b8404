//! Helpers that several modules use.

pub mod faulty;
pub mod parse;
pub mod sandbox;
pub mod tree;
