"""The database, in SQLite: in a file, or in memory as long as the server runs."""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from functools import partial

import structlog

from . import query, schema
from .errors import DatabaseError, UnavailableError
from .pool import Pool, PoolStatus, Source, Use
from .query import code_of
from .settings import DatabaseSettings
from ..items import Item
from ..orders import Order, OrderStatus
from ..query import QueryResult, QueryValue, check

log = structlog.stdlib.get_logger(__name__)

# How long `ready` may take.
READY_SECONDS = 1

ORDERS = """
    SELECT id, customer, status, sku, quantity, total_cents, created_at FROM orders
"""

REASONS = {
    sqlite3.SQLITE_BUSY: "the database is locked",
    sqlite3.SQLITE_LOCKED: "the database is locked",
    sqlite3.SQLITE_INTERRUPT: "the database takes too long",
    sqlite3.SQLITE_FULL: "the disk of the database is full",
    sqlite3.SQLITE_NOMEM: "the database is out of memory",
}


class Database:
    def __init__(self, settings: DatabaseSettings) -> None:
        self._settings = settings
        self._limits = settings.query_limits
        self._source = Source.of(settings.database_file)
        self._pool = Pool(self._source, settings.database_connections, self._limits.max_bytes)

    async def open(self) -> None:
        """Bring the database up to date, and fill it with sample data if the settings say so."""
        path = self._settings.database_file
        place = "in memory" if path is None else f"`{path}` (MCP_DATABASE_FILE)"
        log.info("opening the database", place=place)
        try:
            await asyncio.to_thread(self._prepare)
        except (sqlite3.Error, schema.NewerError) as error:
            raise DatabaseError(f"cannot open the database {place}: {error}") from error

    def _prepare(self) -> None:
        connection = self._source.open("rwc")
        try:
            # Who reads and who writes then do not wait for each other.
            connection.execute("PRAGMA journal_mode = WAL")
            schema.migrate(connection)
            if self._settings.database_seed:
                schema.seed(connection)
        except BaseException:
            connection.close()
            raise
        self._pool.keep(connection)

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.to_thread(self._pool.close)

    async def ready(self) -> None:
        """Return if the database answers, and raise an error if it does not."""
        await self._read("SELECT EXISTS (SELECT 1 FROM items)", seconds=READY_SECONDS)

    async def order(self, identifier: str) -> Order | None:
        """Return one order."""
        rows = await self._read(f"{ORDERS} WHERE id = :id", {"id": identifier})
        return Order.model_validate(dict(rows[0])) if rows else None

    async def orders(self, status: OrderStatus | None, after: str, limit: int) -> list[Order]:
        """Return the first orders after the one called `after`, by their identifiers."""
        where = "id > :after" if status is None else "id > :after AND status = :status"
        rows = await self._read(
            f"{ORDERS} WHERE {where} ORDER BY id LIMIT :limit",
            {"after": after, "status": status, "limit": limit},
        )
        return [Order.model_validate(dict(row)) for row in rows]

    async def items(self, limit: int) -> list[Item]:
        """Return the first items of the catalog, by their SKUs."""
        rows = await self._read(
            "SELECT sku, name, price_cents, stock FROM items ORDER BY sku LIMIT :limit",
            {"limit": limit},
        )
        return [Item.model_validate(dict(row)) for row in rows]

    async def item(self, sku: str) -> Item | None:
        """Return one item of the catalog."""
        rows = await self._read(
            "SELECT sku, name, price_cents, stock FROM items WHERE sku = :sku", {"sku": sku}
        )
        return Item.model_validate(dict(rows[0])) if rows else None

    async def skus(self, prefix: str, limit: int) -> list[str]:
        """Return the first SKUs that start with `prefix`."""
        rows = await self._read(
            "SELECT sku FROM items WHERE sku >= :prefix ORDER BY sku LIMIT :limit",
            {"prefix": prefix, "limit": limit},
        )
        return [row["sku"] for row in rows if row["sku"].startswith(prefix)]

    async def query(self, sql: str, parameters: Sequence[QueryValue]) -> QueryResult:
        """Run one SELECT of a caller, within the limits of the settings.

        It is interrupted when this is cancelled.
        """
        check(sql, parameters)
        limits = self._limits
        run = partial(query.run, sql=sql, parameters=parameters, limits=limits)
        try:
            return await self._pool.run(run, Use.QUERY, limits.seconds)
        except (sqlite3.Error, MemoryError) as error:
            raise query.explain(error, limits) or _unavailable(error) from error

    @property
    def pool(self) -> PoolStatus:
        """How busy the connections are."""
        return self._pool.status

    async def _read(
        self, sql: str, values: Mapping[str, QueryValue] = {}, seconds: int | None = None
    ) -> list[sqlite3.Row]:
        def work(connection: sqlite3.Connection) -> list[sqlite3.Row]:
            return connection.execute(sql, values).fetchall()

        try:
            return await self._pool.run(work, Use.LOOKUP, seconds or self._limits.seconds)
        except (sqlite3.Error, MemoryError) as error:
            raise _unavailable(error) from error


def _unavailable(error: sqlite3.Error | MemoryError) -> UnavailableError:
    """Return what a caller hears of a database that does not do its part."""
    log.warning("the database failed", error=str(error))
    code = code_of(error) or sqlite3.SQLITE_ERROR
    return UnavailableError(REASONS.get(code, "the database cannot be read"))
