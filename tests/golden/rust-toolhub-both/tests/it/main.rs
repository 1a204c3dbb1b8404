//! The real program, driven as hosts drive it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod database;
mod database_settings;
mod faults;
mod hostile;
mod http;
mod http_faults;
mod http_logs;
mod http_slow;
mod metrics;
mod probes;
mod readiness;
mod sample;
mod session;
mod settings;
mod slow;
mod stdio;
mod stdio_logs;
mod stdio_slow;
mod support;
mod transport;
mod unauthenticated;
