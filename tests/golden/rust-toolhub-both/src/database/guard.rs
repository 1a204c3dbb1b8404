//! What a connection may do: read the tables of the server, and little else.

use std::collections::HashSet;

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, Result};

use super::pool::Source;
use crate::query::{MAX_PARAMETERS, MAX_SQL_BYTES, TABLES};

/// How much memory SQLite may use for all statements together, in KiB. The allocator keeps several
/// times as much at worst, because each thread that ran a large one has some.
const HEAP_KIB: usize = 16 * 1024;
/// What one connection may keep of the database in memory besides, in KiB.
const CACHE_KIB: usize = 1024;

/// Functions that read nothing but their arguments, and whose results are bounded by them. `trim`
/// is none of them: with many characters to remove it takes minutes, and `SQLite` looks at no
/// clock inside of a function.
const FUNCTIONS: &str = "\
    abs avg coalesce concat concat_ws count cume_dist date datetime dense_rank first_value \
    glob group_concat ifnull julianday lag last_value lead length like lower max min nth_value \
    ntile nullif percent_rank rank replace round row_number sign strftime string_agg substr \
    substring sum total upper";

/// Open one of `connections` that can only read, and only what they may.
pub(super) fn open(
    source: &Source,
    connections: usize,
    max_value_bytes: usize,
) -> Result<Connection> {
    let mut connection = source.open(OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let heap_bytes = (HEAP_KIB + connections * CACHE_KIB) * 1024;
    connection.execute_batch(&format!(
        "PRAGMA hard_heap_limit = {heap_bytes};
         PRAGMA query_only = ON;
         PRAGMA cache_size = -{CACHE_KIB};
         PRAGMA temp_store = MEMORY;
         PRAGMA cell_size_check = ON;"
    ))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // A misspelled "column" is an error, not a text.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    let closed = closed_tables(&connection)?;
    limit(&connection, max_value_bytes)?;
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        authorize(&closed, &context)
    }))?;
    Ok(connection)
}

fn limit(connection: &Connection, max_value_bytes: usize) -> Result<()> {
    let bounded = |value: usize| i32::try_from(value).unwrap_or(i32::MAX);
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, bounded(max_value_bytes)),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, bounded(MAX_SQL_BYTES)),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, bounded(MAX_PARAMETERS)),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_COLUMN, 100),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 20),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
        (Limit::SQLITE_LIMIT_FUNCTION_ARG, 50),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, value)?;
    }
    Ok(())
}

/// Tables of the database, and built-in ones, that nobody may read, in lower case.
fn closed_tables(connection: &Connection) -> Result<HashSet<String>> {
    let sql = "SELECT lower(name) FROM sqlite_schema UNION SELECT name FROM pragma_module_list";
    let mut statement = connection.prepare(sql)?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    let closed = names.filter(|name| !matches!(name, Ok(name) if TABLES.contains(&&**name)));
    closed.collect()
}

/// SQLite asks this of everything that a statement would do, before it is run.
fn authorize(closed: &HashSet<String>, context: &AuthContext<'_>) -> Authorization {
    let allowed = match context.action {
        AuthAction::Select | AuthAction::Recursive => true,
        AuthAction::Function { function_name } => {
            FUNCTIONS.split(' ').any(|it| it == function_name)
        }
        AuthAction::Read { table_name, .. } if TABLES.contains(&table_name) => true,
        // Of a `WITH` table that is only counted, SQLite asks as of a table without columns.
        AuthAction::Read {
            table_name,
            column_name: "",
        } => {
            let name = table_name.to_ascii_lowercase();
            !closed.contains(&name) && !name.starts_with("sqlite_") && !name.starts_with("pragma_")
        }
        _ => false,
    };
    if allowed {
        Authorization::Allow
    } else {
        Authorization::Deny
    }
}
