"""What a connection may do: read the tables of the server, and little else."""

import sqlite3
import sys

from .query import MAX_PARAMETERS, MAX_SQL, TABLES
from ..config import Settings

# How much memory SQLite may use for all statements together, and for what one connection has read.
HEAP_KIB = 16 * 1024
CACHE_KIB = 1024

# Functions that only compute, quickly, and make no long text of a short one: SQLite looks at no clock inside of one.
FUNCTIONS = """
    abs avg coalesce concat concat_ws count cume_dist date datetime dense_rank first_value glob group_concat ifnull
    julianday lag last_value lead length like lower max min nth_value ntile nullif percent_rank rank round row_number
    sign strftime string_agg substr substring sum total upper
""".split()  # noqa: SIM905 # a list would take forty lines

LIMITS = {
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 4 * MAX_SQL,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: MAX_PARAMETERS,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_COLUMN: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 20,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 50,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}


def guard(connection: sqlite3.Connection, settings: Settings) -> None:
    """Let a connection read what callers may, and nothing else."""
    connection.executescript(
        f"""
        PRAGMA hard_heap_limit = {(HEAP_KIB + settings.database_connections * CACHE_KIB) * 1024};
        PRAGMA query_only = ON;
        PRAGMA cache_size = -{CACHE_KIB};
        PRAGMA temp_store = MEMORY;
        PRAGMA cell_size_check = ON;
        PRAGMA trusted_schema = OFF;
        """
    )
    if sys.version_info >= (3, 12):
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE)
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DQS_DML, False)  # a misspelled "column" is no text
    tables = "SELECT lower(name) FROM sqlite_schema UNION SELECT name FROM pragma_module_list"
    closed = {name for (name,) in connection.execute(tables)}.difference(TABLES)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, settings.query_max_bytes)
    for limit, value in LIMITS.items():
        connection.setlimit(limit, value)
    connection.text_factory = lambda text: text.decode(errors="replace")

    def authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
        """Judge each thing that a statement would do: SQLite asks when it has parsed it, before it is run."""
        name = (first or "").lower()
        match action:
            case sqlite3.SQLITE_SELECT:
                allowed = True
            case sqlite3.SQLITE_FUNCTION:
                allowed = second in FUNCTIONS
            case sqlite3.SQLITE_READ:
                # Of a `WITH` table that is only counted, SQLite asks as of one without columns.
                counted = not second and name not in closed and not name.startswith(("sqlite_", "pragma_"))
                allowed = name in TABLES or counted
            case _:
                allowed = False
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    connection.set_authorizer(authorize)
