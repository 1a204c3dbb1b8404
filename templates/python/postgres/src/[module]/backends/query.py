"""Runs the one statement of `run_query`.

It does so in a transaction that can only read and is never committed.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from math import isfinite

import psycopg
from psycopg import AsyncRawCursor, generators
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from psycopg.rows import scalar_row
from psycopg.sql import SQL, Composed
from pydantic_core import to_json

from .failure import other_tables, refused
from .pool import Connection
from ..query import TABLES, QueryLimits, QueryResult, QueryValue, Rows

# As many arguments as a function can have.
MAX_COLUMNS = 100
MAX_INTEGER = 2**63
# Types of Postgres itself have lower numbers; others are those of tables, whose rows they hold.
FIRST_OWN_TYPE = 16384

# Of the relations that this transaction has locked, those that are not among ours. A statement
# locks what it names as soon as it is parsed, so this is known before any of it is run.
OTHER_TABLES = """
    SELECT EXISTS (
        SELECT FROM pg_lock_status()
        WHERE pid = pg_backend_pid() AND locktype = 'relation'
        AND relation NOT IN (SELECT name::regclass FROM unnest(%s::text[]) AS name)
    ) AS found
"""

# Wraps a statement that has been judged, and parsed by itself: its rows as JSON, as many as there
# may be. Those that are too large do not leave the server.
LIMITED = SQL("""
    SELECT CASE WHEN sum(octet_length(line)) OVER (ROWS UNBOUNDED PRECEDING) <= {max_bytes}
        THEN line END
    FROM (
        SELECT json_build_array({columns})::text AS line
        FROM (
            {query}
        ) AS answer ({columns})
        LIMIT {max_rows}
    ) AS lines
""")


async def run(
    connection: Connection, sql: str, parameters: Sequence[QueryValue], limits: QueryLimits
) -> QueryResult:
    # Whatever the connection was told before.
    await connection.execute(
        f"""
        BEGIN READ ONLY;
        SET LOCAL standard_conforming_strings = on;
        SET LOCAL max_parallel_workers_per_gather = 0;
        SET LOCAL statement_timeout = {limits.seconds * 1000};
        """
    )
    try:
        return await _run(connection, sql, parameters, limits)
    finally:
        with suppress(psycopg.Error):
            await connection.execute("ROLLBACK")


async def _run(
    connection: Connection, sql: str, parameters: Sequence[QueryValue], limits: QueryLimits
) -> QueryResult:
    # By itself it is a whole statement, so it stays one inside of another.
    parsed = await _parse(connection, sql)
    if not 1 <= parsed.nfields <= MAX_COLUMNS:
        raise refused(f"it must be one SELECT of 1 to {MAX_COLUMNS} columns")
    if parsed.nparams != len(parameters):
        raise refused(f"it uses {parsed.nparams} parameters, and {len(parameters)} are given")
    columns = range(parsed.nfields)
    others = await (await connection.execute(OTHER_TABLES, [list(TABLES)])).fetchone()
    whole_rows = any(parsed.ftype(index) >= FIRST_OWN_TYPE for index in columns)
    if others is None or others["found"] or whole_rows:
        raise other_tables()
    names = [(parsed.fname(index) or b"").decode() for index in columns]
    rows = Rows(names, limits)
    async with AsyncRawCursor(connection, row_factory=scalar_row) as cursor:
        values = [_text(value) for value in parameters]
        await cursor.execute(_limited(sql, parsed.nfields, limits), values, prepare=False)
        for line in await cursor.fetchall():
            if line is None:
                rows.result.truncated = True
                break
            if not rows.push(_values(line)):
                break
    return rows.result


async def _parse(connection: Connection, sql: str) -> PGresult:
    """Let the server parse a statement, and return what it says of it."""
    pgconn = connection.pgconn
    pgconn.send_prepare(b"", sql.encode())
    await _answer(connection)
    pgconn.send_describe_prepared(b"")
    return await _answer(connection)


async def _answer(connection: Connection) -> PGresult:
    result: PGresult
    (result,) = await connection.wait(generators.execute(connection.pgconn))
    if result.status == ExecStatus.FATAL_ERROR:
        raise psycopg.errors.error_from_result(result)
    return result


def _limited(sql: str, width: int, limits: QueryLimits) -> Composed:
    columns = SQL(", ").join(SQL(f"c{number}") for number in range(1, width + 1))
    return LIMITED.format(
        query=SQL(sql), columns=columns, max_bytes=limits.max_bytes, max_rows=limits.max_rows + 1
    )


def _text(value: QueryValue) -> str | None:
    """Return a value as text, which Postgres reads as whatever type the parameter has."""
    match value:
        case None | str():
            return value
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def _values(line: str) -> list[QueryValue]:
    try:
        return [_value(value) for value in json.loads(line)]
    except (OverflowError, ValueError):
        raise refused("a number is too large: cast it to text") from None


def _value(value: object) -> QueryValue:
    match value:
        case None | bool() | str():
            return value
        case int() if -MAX_INTEGER <= value < MAX_INTEGER:
            return value
        case int() | float() if isfinite(value):
            return float(value)
        case int() | float():
            raise ValueError
        case _:
            return to_json(value).decode()
