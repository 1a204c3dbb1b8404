//! Runs a query that may be run.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, ErrorCode, Statement};

use super::{DatabaseSettings, connection::unavailable};
use crate::error::AppError;
use crate::query::{QueryResult, QueryValue, refused};

pub fn run(
    connection: &Connection,
    sql: &str,
    parameters: &[QueryValue],
    limits: &DatabaseSettings,
) -> Result<QueryResult, AppError> {
    let failed = |error| explain(&error, limits);
    let mut statement = connection.prepare(sql).map_err(failed)?;
    bind(&mut statement, parameters, limits)?;
    let columns = statement.column_names();
    let columns: Vec<String> = columns.into_iter().map(ToOwned::to_owned).collect();
    let width = columns.len();
    let mut result = QueryResult::new(columns);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(failed)? {
        let mut bytes = 0;
        let mut values = Vec::with_capacity(width);
        for index in 0..width {
            let cell = row.get_ref(index)?;
            if let ValueRef::Text(content) | ValueRef::Blob(content) = cell {
                bytes += content.len();
            }
            // What cannot fit is not even copied.
            if bytes > limits.max_bytes() {
                result.truncated = true;
                return Ok(result);
            }
            values.push(value(cell));
        }
        if !result.push(values, limits)? {
            break;
        }
    }
    Ok(result)
}

/// Give each placeholder its value: `$2` the second.
fn bind(
    statement: &mut Statement<'_>,
    parameters: &[QueryValue],
    limits: &DatabaseSettings,
) -> Result<(), AppError> {
    let (mut used, given) = (0_usize, parameters.len());
    for index in 1..=statement.parameter_count() {
        let name = statement.parameter_name(index).unwrap_or_default();
        let number = name.trim_start_matches('$').parse().unwrap_or(0);
        used = used.max(number);
        if let Some(value) = number.checked_sub(1).and_then(|at| parameters.get(at)) {
            let bound = statement.raw_bind_parameter(index, value);
            bound.map_err(|error| explain(&error, limits))?;
        }
    }
    if used != given {
        return Err(refused(&format!(
            "it uses {used} parameters, and {given} are given"
        )));
    }
    Ok(())
}

impl ToSql for QueryValue {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Self::Null => ValueRef::Null,
            Self::Boolean(value) => ValueRef::Integer((*value).into()),
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

fn value(value: ValueRef<'_>) -> QueryValue {
    match value {
        ValueRef::Null => QueryValue::Null,
        ValueRef::Integer(value) => QueryValue::Integer(value),
        // JSON has no infinity.
        ValueRef::Real(value) if !value.is_finite() => QueryValue::Text(value.to_string()),
        ValueRef::Real(value) => QueryValue::Real(value),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            QueryValue::Text(String::from_utf8_lossy(bytes).into_owned())
        }
    }
}

/// What the author of the query can do about it.
fn explain(error: &Error, limits: &DatabaseSettings) -> AppError {
    let message = match error {
        Error::SqliteFailure(_, Some(message)) => message,
        Error::SqlInputError { msg, .. } => msg,
        _ => "a value is not what it should be",
    };
    match error.sqlite_error_code() {
        Some(ErrorCode::AuthorizationForStatementDenied) => refused(&format!(
            "it must only read, with common functions ({message})"
        )),
        Some(ErrorCode::OperationInterrupted) => refused(&format!(
            "it takes longer than {} s",
            limits.query_time().as_secs()
        )),
        Some(ErrorCode::TooBig) => refused(&format!(
            "one of its values is larger than {} bytes",
            limits.max_bytes()
        )),
        Some(ErrorCode::OutOfMemory) => refused("it needs too much memory"),
        Some(ErrorCode::Unknown) | None => refused(message),
        Some(_) => unavailable(error),
    }
}
