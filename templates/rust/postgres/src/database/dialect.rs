//! What queries may use of the SQL of `PostgreSQL`.

use sqlparser::dialect::PostgreSqlDialect;

pub const DIALECT: PostgreSqlDialect = PostgreSqlDialect {};

/// Functions that only compute, and make no long text of a short one.
#[rustfmt::skip]
pub const FUNCTIONS: &[&str] = &[
    "abs", "age", "avg", "bool_and", "bool_or", "ceil", "ceiling", "char_length", "coalesce", "concat", "concat_ws",
    "count", "cume_dist", "current_date", "current_time", "current_timestamp", "date_part", "date_trunc", "dense_rank",
    "every", "exp", "extract", "first_value", "floor", "greatest", "initcap", "lag", "last_value", "lead", "least", "left",
    "length", "ln", "log", "lower", "ltrim", "make_date", "max", "min", "mod", "mode", "now", "nth_value", "ntile", "nullif",
    "octet_length", "percent_rank", "percentile_cont", "percentile_disc", "position", "power", "rank", "reverse", "right",
    "round", "row_number", "rtrim", "sign", "split_part", "sqrt", "starts_with", "stddev", "strpos", "substr", "substring",
    "sum", "to_char", "trim", "upper",
];

/// None that names other objects, such as `regclass`, and none that pads a text.
pub const TYPES: &[&str] = &[
    "bigint",
    "bool",
    "boolean",
    "character varying",
    "date",
    "decimal",
    "double precision",
    "float",
    "int",
    "int4",
    "int8",
    "integer",
    "interval",
    "numeric",
    "real",
    "smallint",
    "text",
    "time",
    "timestamp",
    "timestamp with time zone",
    "timestamp without time zone",
    "timestamptz",
    "varchar",
];

/// Words that are no columns, and tell of the database itself.
pub const HIDDEN: &[&str] = &[
    "current_catalog",
    "current_role",
    "current_schema",
    "current_user",
    "session_user",
    "system_user",
    "user",
];
