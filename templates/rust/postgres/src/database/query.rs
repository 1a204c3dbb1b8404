//! Runs a query that may be run, in a transaction that can only read and is never committed.

use std::error::Error;

use bytes::BytesMut;
use deadpool_postgres::Client;
use serde_json::Value;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};

use super::{DatabaseSettings, connection};
use crate::error::AppError;
use crate::query::{QueryResult, QueryValue, refused};

/// As many arguments as a function can have.
const MAX_COLUMNS: usize = 100;

pub async fn run(
    client: &mut Client,
    sql: &str,
    parameters: &[QueryValue],
    limits: &DatabaseSettings,
) -> Result<QueryResult, AppError> {
    let failed = |error| explain(error, limits);
    let transaction = client
        .build_transaction()
        .read_only(true)
        .start()
        .await
        .map_err(failed)?;
    let prepared = transaction.prepare(sql).await.map_err(failed)?;
    let columns: Vec<String> = prepared
        .columns()
        .iter()
        .map(|it| it.name().to_owned())
        .collect();
    if columns.is_empty() || columns.len() > MAX_COLUMNS {
        return Err(refused(&format!("it must have 1 to {MAX_COLUMNS} columns")));
    }
    let (used, given) = (prepared.params().len(), parameters.len());
    if used != given {
        return Err(refused(&format!(
            "it uses {used} parameters, and {given} are given"
        )));
    }
    let values = parameters.iter().map(|value| value as &(dyn ToSql + Sync));
    let typed: Vec<_> = values.zip(prepared.params().iter().cloned()).collect();
    let limited = limited(sql, columns.len(), limits);
    let rows = transaction
        .query_typed(&limited, &typed)
        .await
        .map_err(failed)?;
    let mut result = QueryResult::new(columns);
    for row in rows {
        let Some(line) = row.try_get(0)? else {
            result.truncated = true;
            break;
        };
        let line: Vec<Value> = serde_json::from_str(line)
            .map_err(|_| refused("a number is too large: cast it to text"))?;
        if !result.push(line.into_iter().map(value).collect(), limits)? {
            break;
        }
    }
    Ok(result)
}

/// The rows as JSON, as many as there may be. Those that are too large do not leave the server.
fn limited(sql: &str, width: usize, limits: &DatabaseSettings) -> String {
    let columns: Vec<String> = (1..=width).map(|number| format!("c{number}")).collect();
    let columns = columns.join(", ");
    format!(
        "SELECT CASE WHEN sum(octet_length(line)) OVER (ROWS UNBOUNDED PRECEDING) <= {}
                THEN line END
         FROM (
             SELECT json_build_array({columns})::text AS line
             FROM ({sql}) AS answer ({columns})
             LIMIT {}
         ) AS lines",
        limits.max_bytes(),
        limits.max_rows() + 1
    )
}

fn value(value: Value) -> QueryValue {
    match value {
        Value::Null => QueryValue::Null,
        Value::Bool(value) => QueryValue::Boolean(value),
        Value::String(value) => QueryValue::Text(value),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(value), _) => QueryValue::Integer(value),
            (None, Some(value)) => QueryValue::Real(value),
            (None, None) => QueryValue::Text(number.to_string()),
        },
        Value::Array(_) | Value::Object(_) => QueryValue::Text(value.to_string()),
    }
}

/// As text, which `PostgreSQL` reads as whatever type the parameter has.
impl ToSql for QueryValue {
    fn to_sql(
        &self,
        _type: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let text = match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Boolean(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Real(value) => value.to_string(),
            Self::Text(value) => value.clone(),
        };
        out.extend_from_slice(text.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_type: &Type) -> bool {
        true
    }

    fn encode_format(&self, _type: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

/// What the author of the query can do about it.
fn explain(error: tokio_postgres::Error, limits: &DatabaseSettings) -> AppError {
    let Some(cause) = error.as_db_error() else {
        return connection::failed(error);
    };
    match (cause.code(), &cause.code().code()[..2]) {
        (&SqlState::QUERY_CANCELED, _) => refused(&format!(
            "it takes longer than {} s",
            limits.query_time().as_secs()
        )),
        (&SqlState::CHARACTER_NOT_IN_REPERTOIRE, _) => connection::failed(error),
        // Errors in its text and in its values, and what is too large or too complex.
        (_, "0A" | "21" | "22" | "25" | "42" | "54") => {
            refused(&cause.message().chars().take(300).collect::<String>())
        }
        _ => connection::failed(error),
    }
}
