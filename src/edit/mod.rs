//! Edits of existing text that change nothing else in it. Pure.

pub mod anchor;
