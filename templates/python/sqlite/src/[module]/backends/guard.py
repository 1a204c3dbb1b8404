"""What a connection may do: read the tables of the server, and little else."""

import sqlite3
import sys
from collections.abc import Callable

from ..query import MAX_PARAMETERS, MAX_SQL_BYTES, TABLES

# How much memory SQLite may use for all statements together, in KiB. The allocator keeps several
# times as much at worst, because each thread that ran a large one has some.
HEAP_KIB = 16 * 1024
# What one connection may keep of the database in memory besides, in KiB.
CACHE_KIB = 1024

# Functions that read nothing but their arguments, and whose results are bounded by them. `trim`
# is none of them: with many characters to remove it takes minutes, and SQLite looks at no clock
# inside of a function.
FUNCTIONS = frozenset(
    """
    abs avg coalesce concat concat_ws count cume_dist date datetime dense_rank first_value glob
    group_concat ifnull julianday lag last_value lead length like lower max min nth_value ntile
    nullif percent_rank rank replace round row_number sign strftime string_agg substr substring
    sum total upper
    """.split()  # noqa: SIM905 # a list would take forty lines
)


def guard(connection: sqlite3.Connection, connections: int, max_value_bytes: int) -> None:
    """Let one of `connections` read what callers may, and nothing else."""
    heap_bytes = (HEAP_KIB + connections * CACHE_KIB) * 1024
    connection.executescript(
        f"""
        PRAGMA hard_heap_limit = {heap_bytes};
        PRAGMA query_only = ON;
        PRAGMA cache_size = -{CACHE_KIB};
        PRAGMA temp_store = MEMORY;
        PRAGMA cell_size_check = ON;
        PRAGMA trusted_schema = OFF;
        """
    )
    if sys.version_info >= (3, 12):
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE)
        # A misspelled "column" is an error, not a text.
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DQS_DML, False)  # noqa: FBT003
    closed = _closed_tables(connection)
    for limit, value in {
        sqlite3.SQLITE_LIMIT_LENGTH: max_value_bytes,
        sqlite3.SQLITE_LIMIT_SQL_LENGTH: MAX_SQL_BYTES,
        sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: MAX_PARAMETERS,
        sqlite3.SQLITE_LIMIT_ATTACHED: 0,
        sqlite3.SQLITE_LIMIT_COLUMN: 100,
        sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 20,
        sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
        sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 50,
        sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
        sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
    }.items():
        connection.setlimit(limit, value)
    # What is no UTF-8 is shown as far as it can be.
    connection.text_factory = lambda text: text.decode(errors="replace")
    connection.set_authorizer(_authorizer(closed))


def _closed_tables(connection: sqlite3.Connection) -> frozenset[str]:
    """Return the tables of the database, and built-in ones, that nobody may read."""
    rows = connection.execute(
        "SELECT lower(name) FROM sqlite_schema UNION SELECT name FROM pragma_module_list"
    )
    return frozenset(name for (name,) in rows).difference(TABLES)


def _authorizer(
    closed: frozenset[str],
) -> Callable[[int, str | None, str | None, str | None, str | None], int]:
    def authorize(
        action: int, first: str | None, second: str | None, _database: str | None, _by: str | None
    ) -> int:
        """SQLite asks this of everything that a statement would do, before it is run."""
        match action, first, second:
            case (sqlite3.SQLITE_SELECT | sqlite3.SQLITE_RECURSIVE, _, _):
                allowed = True
            case (sqlite3.SQLITE_FUNCTION, _, name):
                allowed = name in FUNCTIONS
            case (sqlite3.SQLITE_READ, str(table), column):
                # Of a `WITH` table that is only counted, SQLite asks as of one without columns.
                name = table.lower()
                counted = not column and name not in closed
                allowed = table in TABLES or (
                    counted and not name.startswith(("sqlite_", "pragma_"))
                )
            case _:
                allowed = False
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    return authorize
