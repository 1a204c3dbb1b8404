"""Brings a database to the version of this program: migrations, and sample data when asked for."""

import sqlite3
from pathlib import Path

import structlog

log = structlog.stdlib.get_logger(__name__)

# Each is applied once, in the order of their names. What has been released must not change: add
# another one.
MIGRATIONS = sorted(Path(__file__).with_name("migrations").glob("*.sql"))

SEED = Path(__file__).with_name("seed.sql")


class NewerError(Exception):
    """A newer version of this program has changed the database."""

    def __init__(self) -> None:
        super().__init__("a newer version of this program has changed it")


def migrate(connection: sqlite3.Connection) -> None:
    """Apply what is missing, all of it or nothing."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        (applied,) = connection.execute("PRAGMA user_version").fetchone()
        if applied > len(MIGRATIONS):
            raise NewerError
        for version, path in enumerate(MIGRATIONS[applied:], applied + 1):
            _run_script(connection, path)
            connection.execute(f"PRAGMA user_version = {version}")
            log.info("database migrated", version=version)


def seed(connection: sqlite3.Connection) -> None:
    """Insert the sample data, unless there is data already."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        sql = "SELECT EXISTS (SELECT 1 FROM items) OR EXISTS (SELECT 1 FROM orders)"
        (has_data,) = connection.execute(sql).fetchone()
        if has_data:
            log.info("the database has data: no sample data is added")
            return
        _run_script(connection, SEED)
    log.info("sample data added")


def _run_script(connection: sqlite3.Connection, path: Path) -> None:
    """Run a file's statements; `executescript` would end the transaction first."""
    statement = ""
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
