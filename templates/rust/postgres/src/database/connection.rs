//! Connections to `PostgreSQL`: how many there are, and how long anything may take.

use std::time::Duration;

use deadpool_postgres::{BuildError, Manager, Pool, Runtime};
use tokio_postgres::{Error, error::SqlState};

use super::{DatabaseSettings, url::DatabaseUrl};
use crate::error::AppError;

/// How long a request may wait for a connection.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it may take to reach the database.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// How long the other side may be silent before a connection counts as broken.
const SILENCE: Duration = Duration::from_secs(15);

/// Connects to nothing yet.
pub fn pool(url: &DatabaseUrl, settings: &DatabaseSettings) -> Result<Pool, BuildError> {
    let mut config = url.config.clone();
    // Of two options that contradict each other the last one counts, which is that of the URL.
    let options = format!(
        "-c timezone=UTC -c standard_conforming_strings=on -c max_parallel_workers_per_gather=0 \
         -c lock_timeout=1s -c statement_timeout={} -c idle_in_transaction_session_timeout={} {}",
        settings.query_time().as_millis(),
        SILENCE.as_millis(),
        config.get_options().unwrap_or_default()
    );
    config
        .options(options)
        .connect_timeout(CONNECT_TIME)
        .keepalives_idle(SILENCE)
        .keepalives_interval(SILENCE / 3)
        .keepalives_retries(3)
        .tcp_user_timeout(SILENCE);
    if config.get_application_name().is_none() {
        config.application_name(env!("CARGO_PKG_NAME"));
    }
    Pool::builder(Manager::new(config, url.tls.clone()))
        .max_size(settings.database_connections as usize)
        .wait_timeout(Some(PATIENCE))
        .create_timeout(Some(CONNECT_TIME))
        .runtime(Runtime::Tokio1)
        .build()
}

/// What a caller reads when the database fails. The cause is for the log.
pub fn unavailable(error: impl Into<anyhow::Error>) -> AppError {
    tracing::warn!("the database failed: {:#}", error.into());
    AppError::Shown("the database cannot be read; try again in a moment".into())
}

/// A statement failed with the values of a caller.
pub fn failed(error: Error) -> AppError {
    match error.code() {
        Some(&SqlState::CHARACTER_NOT_IN_REPERTOIRE) => {
            AppError::Shown("a text holds the character NUL".into())
        }
        _ => unavailable(error),
    }
}
