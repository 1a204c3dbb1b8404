//! Runs the one statement of `run_query`, in a transaction that can only read and is never
//! committed.

use std::error::Error;

use bytes::BytesMut;
use serde_json::Value;
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};

use super::failure::{of_query, other_tables, refused};
use super::pool::Lease;
use crate::error::AppError;
use crate::query::{QueryLimits, QueryResult, QueryValue, Rows, TABLES};

/// As many arguments as a function can have.
const MAX_COLUMNS: usize = 100;

/// Of the relations that this transaction has locked, those that are not in `$1`. A statement
/// locks what it names as soon as it is parsed, so this is known before any of it is run.
const OTHER_TABLES: &str = "
    SELECT EXISTS (
        SELECT FROM pg_lock_status()
        WHERE pid = pg_backend_pid() AND locktype = 'relation'
        AND relation NOT IN (SELECT name::regclass FROM unnest($1::text[]) AS name)
    )";

pub(super) async fn run(
    lease: &Lease,
    sql: &str,
    parameters: &[QueryValue],
    limits: QueryLimits,
) -> Result<QueryResult, AppError> {
    let failed = |error| of_query(&error, limits);
    lease.batch_execute(&begin(limits)).await.map_err(failed)?;
    // By itself it is a whole statement, so it stays one inside of another.
    let prepared = lease.prepare(sql).await.map_err(failed)?;
    let width = prepared.columns().len();
    if width == 0 || width > MAX_COLUMNS {
        let text = format!("it must be one SELECT of 1 to {MAX_COLUMNS} columns");
        return Err(refused(&text));
    }
    let (used, given) = (prepared.params().len(), parameters.len());
    if used != given {
        return Err(refused(&format!(
            "it uses {used} parameters, and {given} are given"
        )));
    }
    let others = lease.prepare_cached(OTHER_TABLES).await.map_err(failed)?;
    let others = lease.query_one(&others, &[&TABLES.as_slice()]).await;
    if others.and_then(|row| row.try_get(0)).map_err(failed)? {
        return Err(other_tables());
    }
    let typed: Vec<(&(dyn ToSql + Sync), Type)> = parameters
        .iter()
        .map(|value| value as _)
        .zip(prepared.params().iter().cloned())
        .collect();
    let rows = lease
        .query_typed(&limited(sql, width, limits), &typed)
        .await;
    let columns = prepared
        .columns()
        .iter()
        .map(|column| column.name().to_owned());
    let mut result = Rows::new(columns.collect(), limits);
    let mut withheld = false;
    for row in rows.map_err(failed)? {
        let line: Option<&str> = row.try_get(0).map_err(failed)?;
        withheld = line.is_none();
        let Some(line) = line else { break };
        if !result.push(values(line)?)? {
            break;
        }
    }
    let mut result = result.finish();
    result.truncated |= withheld;
    Ok(result)
}

/// Whatever the connection was told before.
fn begin(limits: QueryLimits) -> String {
    format!(
        "BEGIN READ ONLY;
         SET LOCAL standard_conforming_strings = on;
         SET LOCAL max_parallel_workers_per_gather = 0;
         SET LOCAL statement_timeout = {};",
        limits.time.as_millis()
    )
}

/// The rows as JSON, as many as there may be. Those that are too large do not leave the server.
fn limited(sql: &str, width: usize, limits: QueryLimits) -> String {
    let columns: Vec<String> = (1..=width).map(|number| format!("c{number}")).collect();
    let columns = columns.join(", ");
    format!(
        "SELECT CASE WHEN sum(octet_length(line)) OVER (ROWS UNBOUNDED PRECEDING) <= {}
                THEN line END
         FROM (
             SELECT json_build_array({columns})::text AS line
             FROM (
                 {sql}
             ) AS answer ({columns})
             LIMIT {}
         ) AS lines",
        limits.bytes,
        limits.rows + 1
    )
}

fn values(line: &str) -> Result<Vec<QueryValue>, AppError> {
    let values: Vec<Value> = serde_json::from_str(line)
        .map_err(|_| refused("a number is too large: cast it to text"))?;
    Ok(values.into_iter().map(value).collect())
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

/// As text, which Postgres reads as whatever type the parameter has.
impl ToSql for QueryValue {
    fn to_sql(
        &self,
        _type: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Boolean(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Self::Integer(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Self::Real(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Self::Text(value) => out.extend_from_slice(value.as_bytes()),
        }
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
