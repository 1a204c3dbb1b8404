//! Values that go into a query and rows that come out of it, within limits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::database::DatabaseSettings;
use crate::error::AppError;

/// The tables that a query may read.
pub const TABLES: [&str; 2] = ["items", "orders"];
/// How long the text of a query, or of a parameter, can be, in bytes of UTF-8.
pub const MAX_SQL_BYTES: usize = 4000;
/// How many parameters a query can have.
pub const MAX_PARAMETERS: usize = 50;

/// A value that every database and JSON have in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum QueryValue {
    // Some hosts refuse tools whose parameters may be null.
    #[schemars(skip)]
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(String),
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct QueryResult {
    /// Names of the columns, in order.
    pub columns: Vec<String>,
    /// The rows, each with a value for each column.
    #[schemars(with = "Vec<Vec<Option<QueryValue>>>")]
    pub rows: Vec<Vec<QueryValue>>,
    /// Whether there are more rows than a result may hold.
    pub truncated: bool,
    #[serde(skip)]
    bytes: usize,
}

impl QueryResult {
    pub fn new(columns: Vec<String>) -> Self {
        Self {
            columns,
            ..Self::default()
        }
    }

    /// Add a row if it fits, and say whether the next one may.
    pub fn push(
        &mut self,
        row: Vec<QueryValue>,
        limits: &DatabaseSettings,
    ) -> Result<bool, AppError> {
        self.bytes += serde_json::to_vec(&row)?.len();
        self.truncated |= self.rows.len() == limits.max_rows() || self.bytes > limits.max_bytes();
        if !self.truncated {
            self.rows.push(row);
        }
        Ok(!self.truncated)
    }
}

pub fn refused(why: &str) -> AppError {
    AppError::Shown(format!("the query was refused: {why}"))
}

/// Refuse what cannot be a query before it is parsed.
pub fn check_size(sql: &str, parameters: &[QueryValue]) -> Result<(), AppError> {
    let shown = |text: String| Err(AppError::Shown(text));
    if sql.trim().is_empty() {
        return shown("`sql` must not be blank".into());
    }
    let size = sql.len();
    if size > MAX_SQL_BYTES {
        return shown(format!(
            "`sql` is {size} bytes long; the limit is {MAX_SQL_BYTES}"
        ));
    }
    let count = parameters.len();
    if count > MAX_PARAMETERS {
        return shown(format!(
            "there are {count} parameters; the limit is {MAX_PARAMETERS}"
        ));
    }
    let is_long = |it: &QueryValue| matches!(it, QueryValue::Text(it) if it.len() > MAX_SQL_BYTES);
    if parameters.iter().any(is_long) {
        return shown(format!("a parameter is longer than {MAX_SQL_BYTES} bytes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::config::Settings;

    #[test]
    fn a_result_ends_at_either_limit() {
        let limits = ["server", "--query-max-rows=2", "--query-max-bytes=1024"];
        let limits = Settings::parse_from(limits).database;
        let row = |length: usize| vec![QueryValue::Text("x".repeat(length))];
        for (length, expected) in [(1, 2), (1000, 1), (2000, 0)] {
            let mut result = QueryResult::new(vec!["a".into()]);
            while result.push(row(length), &limits).unwrap() {}
            assert_eq!((result.rows.len(), result.truncated), (expected, true));
        }
    }
}
