//! The real program, driven as hosts drive it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod http;
mod http_changes;
mod http_faults;
mod http_logs;
mod metrics;
mod probes;
mod sample;
mod settings;
mod stdio;
mod stdio_changes;
mod stdio_logs;
mod support;
mod transport;
mod unauthenticated;
