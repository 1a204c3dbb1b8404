"""Runs the one statement of `run_query`, on a connection that lets it do nothing but read."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from math import isfinite

from ..errors import InvalidInputError
from ..query import TABLES, QueryLimits, QueryResult, QueryValue, Rows

# How SQLite names the columns of an `EXPLAIN`.
EXPLANATIONS = (
    ["addr", "opcode", "p1", "p2", "p3", "p4", "p5", "comment"],
    ["id", "parent", "notused", "detail"],
)
MAX_INTEGER = 2**63


def run(
    connection: sqlite3.Connection,
    sql: str,
    parameters: Sequence[QueryValue],
    limits: QueryLimits,
) -> QueryResult:
    values = Values(sql, parameters)
    with closing(connection.execute(sql, values)) as cursor:
        columns = [name for name, *_ in cursor.description or ()]
        # The authorizer lets no other statement through; an `EXPLAIN` of one is a statement too.
        if not columns or columns in EXPLANATIONS:
            raise refused("it must be one SELECT")
        if values.used < len(parameters):
            raise refused(f"it uses {values.used} parameters, and {len(parameters)} are given")
        rows = Rows(columns, limits)
        for row in cursor:
            if not rows.push([_value(cell) for cell in row]):
                break
    return rows.result


class Values(dict[str, QueryValue]):
    """Gives each placeholder its value: `$2` the second."""

    def __init__(self, sql: str, parameters: Sequence[QueryValue]) -> None:
        super().__init__()
        self._sql = sql
        self._parameters = parameters
        # The highest number of a placeholder.
        self.used = 0

    def __getitem__(self, name: str) -> QueryValue:
        if not (name.isascii() and name.isdigit()):
            placeholder = next(mark + name for mark in ":@$" if mark + name in self._sql)
            raise refused(f"placeholders are $1, $2 and so on, and not {placeholder}")
        number, given = int(name), len(self._parameters)
        if not 1 <= number <= given:
            raise refused(f"it uses ${number}, and {given} parameters are given")
        self.used = max(self.used, number)
        return _bound(number, self._parameters[number - 1])


def _bound(number: int, value: QueryValue) -> QueryValue:
    if not isinstance(value, int) or -MAX_INTEGER <= value < MAX_INTEGER:
        return value
    # SQLite has no such integer, but a number that is near to it.
    try:
        return float(value)
    except OverflowError:
        raise refused(f"${number} is too large") from None


def _value(cell: str | bytes | float | None) -> QueryValue:
    match cell:
        case bytes():
            return cell.hex()
        case float() if not isfinite(cell):
            # JSON has no infinity.
            return str(cell)
        case _:
            return cell


def refused(why: str) -> InvalidInputError:
    return InvalidInputError(f"the query was refused: {why}")


def code_of(error: Exception) -> int | None:
    """Return what SQLite calls this kind of error, unless it comes from Python's module."""
    if isinstance(error, MemoryError):
        return sqlite3.SQLITE_NOMEM
    # The upper bits tell more than is of use here.
    return error.sqlite_errorcode & 0xFF if hasattr(error, "sqlite_errorcode") else None


def explain(error: Exception, limits: QueryLimits) -> InvalidInputError | None:
    """Return what the author of the query can do about it, unless it is nothing."""
    match code_of(error):
        case sqlite3.SQLITE_AUTH:
            why = (
                "it must be one SELECT that reads nothing but the tables "
                f"{' and '.join(TABLES)}, with common functions ({error})"
            )
        case sqlite3.SQLITE_INTERRUPT:
            why = f"it takes longer than {limits.seconds} s"
        case sqlite3.SQLITE_TOOBIG:
            why = f"one of its values is larger than {limits.max_bytes} bytes"
        case sqlite3.SQLITE_NOMEM:
            why = "it needs too much memory"
        case None if "one statement" in str(error):
            why = "it must be one statement"
        case None if "has no name" in str(error):
            why = "placeholders are $1, $2 and so on, and not ?"
        case None | sqlite3.SQLITE_ERROR:
            why = str(error)
        case _:
            return None
    return refused(why)
