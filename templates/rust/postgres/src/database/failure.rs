//! What an error of Postgres means to a caller, and what the log says of it: never a host, a
//! password or the text of a query.

use std::error::Error as _;
use std::io;

use deadpool_postgres::{PoolError, TimeoutType};
use rustls::CertificateError;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use crate::error::AppError;
use crate::query::{QueryLimits, TABLES};

/// How much is shown of a message of Postgres, which may quote a long value.
const MAX_MESSAGE_CHARS: usize = 300;

/// There was no connection to be had.
pub(super) fn of_pool(error: &PoolError) -> AppError {
    let why = match error {
        PoolError::Timeout(TimeoutType::Wait) => {
            return AppError::Unavailable("all connections to the database are in use");
        }
        PoolError::Backend(error) => describe(error),
        error => error.to_string(),
    };
    tracing::warn!(error = why, "cannot connect to the database");
    AppError::Unavailable("the database cannot be reached")
}

/// A statement of this program failed. The details are for the log.
pub(super) fn of_lookup(error: &Error) -> AppError {
    let why = match error.code() {
        None => "the database cannot be reached",
        Some(&SqlState::CHARACTER_NOT_IN_REPERTOIRE) => {
            return AppError::InvalidInput("a text holds the character NUL".to_owned());
        }
        Some(&SqlState::QUERY_CANCELED) => "the database takes too long",
        Some(&SqlState::LOCK_NOT_AVAILABLE) => "the database is locked",
        Some(&SqlState::DISK_FULL) => "the disk of the database is full",
        Some(&SqlState::OUT_OF_MEMORY) => "the database is out of memory",
        Some(_) => "the database cannot be read",
    };
    tracing::warn!(error = describe(error), "the database failed");
    AppError::Unavailable(why)
}

/// A query of a caller failed: what its author can do about it.
pub(super) fn of_query(error: &Error, limits: QueryLimits) -> AppError {
    let Some(told) = error.as_db_error() else {
        return of_lookup(error);
    };
    match (told.code(), &told.code().code()[..2]) {
        (&SqlState::QUERY_CANCELED, _) => too_slow(limits),
        (&SqlState::READ_ONLY_SQL_TRANSACTION, _) => refused("it must only read"),
        (&SqlState::INSUFFICIENT_PRIVILEGE, _) => other_tables(),
        // Errors in its text and in its values, and what is too large or too complex.
        (_, "0A" | "21" | "22" | "42" | "54") => refused(&shorten(told)),
        _ => of_lookup(error),
    }
}

pub(super) fn refused(why: &str) -> AppError {
    AppError::InvalidInput(format!("the query was refused: {why}"))
}

pub(super) fn other_tables() -> AppError {
    let tables = TABLES.join(" and ");
    refused(&format!(
        "it must read nothing but columns of the tables {tables}"
    ))
}

pub(super) fn too_slow(limits: QueryLimits) -> AppError {
    refused(&format!("it takes longer than {} s", limits.time.as_secs()))
}

/// For the log.
pub(super) fn describe(error: &Error) -> String {
    if let Some(told) = error.as_db_error() {
        return format!("{} ({})", shorten(told), told.code().code());
    }
    let Some(cause) = error.source() else {
        return error.to_string();
    };
    let tls = cause.downcast_ref().and_then(io::Error::get_ref);
    match tls.and_then(|cause| cause.downcast_ref()) {
        // Its own text would name the host.
        Some(rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext {
            ..
        })) => format!("{error}: the certificate is for another name"),
        _ => format!("{error}: {cause}"),
    }
}

fn shorten(error: &DbError) -> String {
    error.message().chars().take(MAX_MESSAGE_CHARS).collect()
}
