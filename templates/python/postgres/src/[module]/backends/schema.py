"""Brings a database to the version of this program: migrations, and sample data when asked for."""

from pathlib import Path

import structlog

from .errors import DatabaseError
from .pool import Connection

log = structlog.stdlib.get_logger(__name__)

# Each is applied once, in the order of their names. What has been released must not change: add
# another one.
MIGRATIONS = sorted(Path(__file__).with_name("migrations").glob("*.sql"))

SEED = Path(__file__).with_name("seed.sql")

# Replicas that start together wait here for the first of them. It ends with the transaction.
LOCK = """
    SET LOCAL statement_timeout = 0;
    SET LOCAL lock_timeout = '60s';
    SELECT pg_advisory_xact_lock(hashtextextended('migrations of ' || current_schema(), 0));
"""


async def migrate(connection: Connection) -> None:
    """Apply what is missing, all of it or nothing. Needs no right to write when nothing is."""
    async with connection.transaction():
        await connection.execute(LOCK)
        applied = await _applied(connection)
        if applied > len(MIGRATIONS):
            raise DatabaseError("a newer version of this program has changed it")
        for version, path in enumerate(MIGRATIONS[applied:], applied + 1):
            await connection.execute(path.read_bytes())
            note = "INSERT INTO applied_migrations (version) VALUES (%s)"
            await connection.execute(note, [version])
            log.info("database migrated", version=version)


async def _applied(connection: Connection) -> int:
    if not await _asked(connection, "to_regclass('applied_migrations') IS NOT NULL"):
        await connection.execute(
            """
            CREATE TABLE applied_migrations (
                version INTEGER PRIMARY KEY,
                applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
            )
            """
        )
    return await _asked(connection, "(SELECT coalesce(max(version), 0) FROM applied_migrations)")


async def seed(connection: Connection) -> None:
    """Insert the sample data, unless there is data already."""
    async with connection.transaction():
        await connection.execute(LOCK)
        if await _asked(connection, "EXISTS (SELECT FROM items) OR EXISTS (SELECT FROM orders)"):
            log.info("the database has data: no sample data is added")
            return
        await connection.execute(SEED.read_bytes())
    log.info("sample data added")


async def _asked(connection: Connection, expression: str) -> int:
    row = await (await connection.execute(f"SELECT {expression} AS answer")).fetchone()
    return int(row["answer"]) if row else 0
