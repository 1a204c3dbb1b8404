//! Structured logs, written to stderr.

use std::io;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use crate::config::{LogFormat, Settings};
use crate::log_writer::LogWriter;

/// What must come to its end before the process does.
#[derive(Debug)]
pub struct Telemetry {
    logs: LogWriter,
}

/// Send the logs of this process to stderr. The last ones are there when the result is dropped.
///
/// # Errors
///
/// Fails when that cannot be set up.
pub fn init(settings: &Settings) -> io::Result<Telemetry> {
    let logs = LogWriter::start()?;
    let lines = fmt::layer().with_writer(logs.clone());
    let lines = match settings.log_format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let filter = settings.log.clone();
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .init();
    Ok(Telemetry { logs })
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        self.logs.close();
    }
}
