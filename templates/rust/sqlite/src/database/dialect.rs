//! What queries may use of the SQL of `SQLite`.

use sqlparser::dialect::SQLiteDialect;

pub const DIALECT: SQLiteDialect = SQLiteDialect {};

/// Functions that read nothing but their arguments, and whose results are no longer than these. `trim` is none of them:
/// with many characters to remove it takes minutes, and `SQLite` looks at no clock inside of a function.
#[rustfmt::skip]
pub const FUNCTIONS: &[&str] = &[
    "abs", "avg", "coalesce", "concat", "concat_ws", "count", "cume_dist", "current_date", "current_time",
    "current_timestamp", "date", "datetime", "dense_rank", "first_value", "group_concat", "ifnull", "julianday", "lag",
    "last_value", "lead", "length", "like", "lower", "max", "min", "nth_value", "ntile", "nullif", "percent_rank", "rank",
    "round", "row_number", "sign", "strftime", "string_agg", "substr", "substring", "sum", "time", "total", "upper",
];

pub const TYPES: &[&str] = &["bigint", "int", "integer", "numeric", "real", "text"];

/// Words that are no columns.
pub const HIDDEN: &[&str] = &[];
