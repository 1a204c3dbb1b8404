//! Structured logs, written to stderr. Nothing but the protocol goes to stdout.

use std::io;

use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{LogFormat, Settings};

/// Send the logs of this process to stderr.
pub fn init(settings: &Settings) {
    let filtered = tracing_subscriber::registry().with(settings.log.clone());
    let lines = fmt::layer().with_writer(io::stderr);
    match settings.log_format {
        LogFormat::Text => filtered.with(lines).init(),
        LogFormat::Json => filtered.with(lines.json().flatten_event(true)).init(),
    }
}
