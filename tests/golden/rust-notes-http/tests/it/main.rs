//! The real program, driven as hosts drive it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bearer;
mod health;
mod http;
mod http_changes;
mod http_faults;
mod http_logs;
mod limits;
mod metrics;
mod probes;
mod requests;
mod sample;
mod settings;
mod support;
