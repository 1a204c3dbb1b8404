//! The real program, driven as hosts drive it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod sample;
mod settings;
mod stdio;
mod stdio_logs;
mod support;
