//! Runs the one statement of `run_query`, on a connection that lets it do nothing but read.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, Statement};

use super::pool::Failure;
use super::{message, unavailable};
use crate::error::AppError;
use crate::query::{QueryLimits, QueryResult, QueryValue, Rows, TABLES};

pub(super) fn run(
    connection: &Connection,
    sql: &str,
    parameters: &[QueryValue],
    limits: QueryLimits,
) -> Result<QueryResult, Failure> {
    let mut statement = connection.prepare(sql)?;
    // The authorizer lets no other statement through; an `EXPLAIN` of one is a statement too.
    if statement.column_count() == 0 || statement.is_explain() != 0 {
        return Err(refused("it must be one SELECT").into());
    }
    bind(&mut statement, parameters)?;
    let columns = statement.column_names();
    let columns: Vec<String> = columns.into_iter().map(ToOwned::to_owned).collect();
    let width = columns.len();
    let mut result = Rows::new(columns, limits);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let mut bytes = 0;
        let mut values = Vec::with_capacity(width);
        for index in 0..width {
            let cell = row.get_ref(index)?;
            if let ValueRef::Text(content) | ValueRef::Blob(content) = cell {
                bytes += content.len();
            }
            // What cannot fit is not even copied.
            if bytes > limits.bytes {
                let mut result = result.finish();
                result.truncated = true;
                return Ok(result);
            }
            values.push(value(cell));
        }
        if !result.push(values)? {
            break;
        }
    }
    Ok(result.finish())
}

/// Give each placeholder its value: `$2` or `?2` the second, `?` the next one.
fn bind(statement: &mut Statement<'_>, parameters: &[QueryValue]) -> Result<(), Failure> {
    let mut used = 0;
    for index in 1..=statement.parameter_count() {
        let number = match statement.parameter_name(index) {
            Some(name) => name[1..].parse().map_err(|_| {
                refused(&format!(
                    "placeholders are $1, $2 and so on, and not {name}"
                ))
            })?,
            None => index,
        };
        let Some(value) = number.checked_sub(1).and_then(|at| parameters.get(at)) else {
            let given = parameters.len();
            let text = format!("it uses ${number}, and {given} parameters are given");
            return Err(refused(&text).into());
        };
        used = used.max(number);
        statement.raw_bind_parameter(index, value)?;
    }
    if used < parameters.len() {
        let given = parameters.len();
        let text = format!("it uses {used} parameters, and {given} are given");
        return Err(refused(&text).into());
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
        ValueRef::Text(text) => QueryValue::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => QueryValue::Text(hex(bytes)),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]))
        .collect()
}

fn refused(why: &str) -> AppError {
    AppError::InvalidInput(format!("the query was refused: {why}"))
}

/// What the author of the query can do about it.
pub(super) fn explain(failure: Failure, limits: QueryLimits) -> AppError {
    let Failure::Sqlite(error) = failure else {
        return unavailable(failure);
    };
    if matches!(error, rusqlite::Error::MultipleStatement) {
        return refused("it must be one statement");
    }
    let message = message(&error);
    match error.sqlite_error_code() {
        Some(ErrorCode::AuthorizationForStatementDenied) => refused(&format!(
            "it must be one SELECT that reads nothing but the tables {}, with common functions \
             ({message})",
            TABLES.join(" and ")
        )),
        Some(ErrorCode::OperationInterrupted) => {
            refused(&format!("it takes longer than {} s", limits.time.as_secs()))
        }
        Some(ErrorCode::TooBig) => refused(&format!(
            "one of its values is larger than {} bytes",
            limits.bytes
        )),
        Some(ErrorCode::OutOfMemory) => refused("it needs too much memory"),
        Some(ErrorCode::Unknown) | None => refused(message),
        Some(_) => unavailable(Failure::Sqlite(error)),
    }
}
