"""Brings a database to the version of this program: migrations, and sample data."""

import sqlite3
from pathlib import Path

# Each is applied once, in the order of their names. What has been released must not change: add another one.
MIGRATIONS = sorted(Path(__file__).with_name("migrations").glob("*.sql"))
SEED = Path(__file__).with_name("seed.sql")


class NewerError(Exception):
    pass


def migrate(connection: sqlite3.Connection) -> None:
    """Apply what is missing, all of it or nothing."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        (applied,) = connection.execute("PRAGMA user_version").fetchone()
        if applied > len(MIGRATIONS):
            raise NewerError("a newer version of this program has changed it")
        for path in MIGRATIONS[applied:]:
            run_script(connection, path)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def seed(connection: sqlite3.Connection) -> None:
    """Insert the sample data, unless there is data already."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("SELECT 1 FROM items UNION ALL SELECT 1 FROM orders").fetchone() is None:
            run_script(connection, SEED)


def run_script(connection: sqlite3.Connection, path: Path) -> None:
    """Run a file of statements; `executescript` would end the transaction first."""
    statement = ""
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
