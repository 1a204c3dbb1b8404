"""Brings a database to the version of this program: migrations, and sample data."""

from pathlib import Path
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL

# Each is applied once, in the order of their names. What has been released must not change: add another one.
MIGRATIONS = sorted(Path(__file__).with_name("migrations").glob("*.sql"))
SEED = Path(__file__).with_name("seed.sql")

# Replicas that start together wait here for the first of them. It ends with the transaction.
LOCK = """
    SET LOCAL lock_timeout = '60s';
    SELECT pg_advisory_xact_lock(hashtextextended('migrations of ' || current_schema(), 0));
"""

TABLE = """
    CREATE TABLE applied_migrations (
        version INTEGER PRIMARY KEY,
        applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
    )
"""


class NewerError(Exception):
    pass


def migrate(connection: Connection[TupleRow], *, sample: bool) -> None:
    """Apply what is missing, all of it or nothing. Needs no right to write when nothing is."""
    with connection.transaction():
        connection.execute(LOCK)
        if not holds(connection, "to_regclass('applied_migrations') IS NOT NULL"):
            connection.execute(TABLE)
        (applied,) = connection.execute("SELECT coalesce(max(version), 0) FROM applied_migrations").fetchone() or (0,)
        if applied > len(MIGRATIONS):
            raise NewerError("a newer version of this program has changed it")
        for version, path in enumerate(MIGRATIONS[applied:], applied + 1):
            connection.execute(path.read_bytes())
            connection.execute("INSERT INTO applied_migrations (version) VALUES (%s)", [version])
        if sample and not holds(connection, "EXISTS (SELECT FROM items) OR EXISTS (SELECT FROM orders)"):
            connection.execute(SEED.read_bytes())


def holds(connection: Connection[TupleRow], condition: LiteralString) -> bool:
    row = connection.execute(SQL("SELECT {}").format(SQL(condition))).fetchone()
    return bool(row and row[0])
