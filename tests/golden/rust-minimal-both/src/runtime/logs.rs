//! Logs, written to stderr: stdout belongs to the protocol.

use tracing_subscriber::{fmt, prelude::*};

use crate::config::{LogFormat, Settings};

pub fn init(settings: &Settings) {
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match settings.log_format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let lines = lines.with_filter(settings.log.clone());
    tracing_subscriber::registry().with(lines).init();
}
