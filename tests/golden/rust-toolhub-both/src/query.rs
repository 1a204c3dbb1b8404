//! Values that go into a query and rows that come out of it, within limits.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// The tables that a query may read.
pub const TABLES: [&str; 2] = ["items", "orders"];
/// How long the text of a query can be, in bytes of UTF-8.
pub const MAX_SQL_BYTES: usize = 4000;
/// How many parameters a query can have.
pub const MAX_PARAMETERS: usize = 50;

/// What one query may cost.
#[derive(Debug, Clone, Copy)]
pub struct QueryLimits {
    pub time: Duration,
    pub rows: usize,
    pub bytes: usize,
}

/// A value that every database and JSON have in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum QueryValue {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct QueryResult {
    /// Names of the columns, in order.
    pub columns: Vec<String>,
    /// The rows, each with a value for each column.
    pub rows: Vec<Vec<QueryValue>>,
    /// Whether there are more rows than a result may hold.
    pub truncated: bool,
}

/// A result that grows until it reaches a limit.
#[derive(Debug)]
pub(crate) struct Rows {
    result: QueryResult,
    limits: QueryLimits,
    bytes: usize,
}

impl Rows {
    pub(crate) fn new(columns: Vec<String>, limits: QueryLimits) -> Self {
        let result = QueryResult {
            columns,
            rows: Vec::new(),
            truncated: false,
        };
        Self {
            result,
            limits,
            bytes: 0,
        }
    }

    /// Add a row if it fits, and say whether the next one may.
    pub(crate) fn push(&mut self, row: Vec<QueryValue>) -> Result<bool, AppError> {
        let json = serde_json::to_vec(&row).map_err(AppError::internal)?;
        self.bytes += json.len();
        if self.result.rows.len() == self.limits.rows || self.bytes > self.limits.bytes {
            self.result.truncated = true;
        } else {
            self.result.rows.push(row);
        }
        Ok(!self.result.truncated)
    }

    pub(crate) fn finish(self) -> QueryResult {
        self.result
    }
}

/// Refuse what cannot be a query before a database sees it.
///
/// # Errors
///
/// Fails when the text or the parameters are larger than they may be.
pub(crate) fn check(sql: &str, parameters: &[QueryValue]) -> Result<(), AppError> {
    if sql.trim().is_empty() {
        return Err(AppError::InvalidInput("`sql` must not be blank".into()));
    }
    if sql.len() > MAX_SQL_BYTES {
        return Err(AppError::InvalidInput(format!(
            "`sql` is {} bytes long; the limit is {MAX_SQL_BYTES}",
            sql.len()
        )));
    }
    if parameters.len() > MAX_PARAMETERS {
        return Err(AppError::InvalidInput(format!(
            "there are {} parameters; the limit is {MAX_PARAMETERS}",
            parameters.len()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(rows: usize, bytes: usize) -> Rows {
        let time = Duration::from_secs(1);
        Rows::new(vec!["a".into()], QueryLimits { time, rows, bytes })
    }

    fn texts(value: &str) -> Vec<QueryValue> {
        vec![QueryValue::Text(value.to_owned())]
    }

    #[test]
    fn a_result_that_fits_exactly_is_whole() {
        let mut rows = rows(2, 10);
        assert!(rows.push(texts("a")).unwrap());
        assert!(rows.push(texts("b")).unwrap());
        let result = rows.finish();
        assert_eq!((result.rows.len(), result.truncated), (2, false));
    }

    #[test]
    fn a_result_ends_at_either_limit() {
        let mut many = rows(1, 1000);
        assert!(many.push(texts("a")).unwrap());
        assert!(!many.push(texts("b")).unwrap());
        let many = many.finish();
        assert_eq!((many.rows.len(), many.truncated), (1, true));

        // Six bytes each as JSON.
        let mut large = rows(10, 20);
        assert!(!large.push(texts("\u{1}\u{1}\u{1}\u{1}")).unwrap());
        let large = large.finish();
        assert_eq!((large.rows.len(), large.truncated), (0, true));
    }

    #[test]
    fn json_gives_each_value_its_type() {
        let values: Vec<QueryValue> =
            serde_json::from_value(json!([null, true, 7, 0.5, "x"])).unwrap();
        let expected = [
            QueryValue::Null,
            QueryValue::Boolean(true),
            QueryValue::Integer(7),
            QueryValue::Real(0.5),
            QueryValue::Text("x".into()),
        ];
        assert_eq!(values, expected);
    }
}
