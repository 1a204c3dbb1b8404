"""The database, in SQLite: in a file, or in memory as long as the server runs."""

import logging
import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TypeVar

import anyio
import anyio.to_thread

from . import schema
from .guard import guard
from .query import TABLES, QueryResult, QueryValue, Rows, plain, refused, turn, unavailable
from ..config import Settings
from ..orders import Item, Order, OrderStatus

T = TypeVar("T")

log = logging.getLogger(__name__)

# How long SQLite waits for a lock that another process holds.
LOCK_SECONDS = 1
# Steps of SQLite's virtual machine between two looks at the clock.
STEPS = 100

ORDERS = "SELECT id, customer, status, sku, quantity, total_cents, created_at FROM orders"
ITEMS = "SELECT sku, name, price_cents, stock FROM items"

# How SQLite names the columns of an `EXPLAIN`, for which it does not ask the authorizer.
EXPLANATIONS = (
    ["addr", "opcode", "p1", "p2", "p3", "p4", "p5", "comment"],
    ["id", "parent", "notused", "detail"],
)

REASONS = {
    sqlite3.SQLITE_BUSY: "the database is locked",
    sqlite3.SQLITE_LOCKED: "the database is locked",
    sqlite3.SQLITE_INTERRUPT: "the database takes too long",
    sqlite3.SQLITE_NOMEM: "the database is out of memory",
}


class Database:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        path = settings.database_file
        self._uri = f"{Path(path).absolute().as_uri()}?" if path else f"file:/{id(self)}?vfs=memdb&"
        self._turns = anyio.Semaphore(settings.database_connections)
        # Queries leave some connections to the other requests.
        self._query_turns = anyio.Semaphore((settings.database_connections + 1) // 2)
        self._threads = anyio.CapacityLimiter(settings.database_connections)
        self._keeper: sqlite3.Connection | None = None

    def prepare(self) -> None:
        """Bring the database up to date, and add sample data if the settings say so."""
        path = self._settings.database_file
        try:
            connection = self._connect("rwc")
            # Whoever reads and whoever writes then do not wait for each other.
            connection.execute("PRAGMA journal_mode = WAL")
            schema.migrate(connection)
            if self._settings.database_seed:
                schema.seed(connection)
        except (sqlite3.Error, schema.NewerError) as error:
            sys.exit(f"cannot open the database {path or 'in memory'} (MCP_DATABASE_FILE): {error}")
        if path:
            connection.close()
        else:
            self._keeper = connection  # a database in memory lasts as long as a connection to it

    async def ready(self) -> None:
        """Return if the database answers, and raise an error if it does not."""
        await self._read("SELECT 1 FROM items LIMIT 1")

    async def order(self, order_id: str) -> Order | None:
        """Return one order."""
        rows = await self._read(f"{ORDERS} WHERE id = ?", order_id)
        return Order(**rows[0]) if rows else None

    async def orders(self, status: OrderStatus | None, after: str, limit: int) -> list[Order]:
        """Return the first orders after the one called `after`, by their identifiers."""
        sql = f"{ORDERS} WHERE id > ? AND (?2 IS NULL OR status = ?2) ORDER BY id LIMIT ?"
        return [Order(**row) for row in await self._read(sql, after, status, limit)]

    async def items(self, limit: int) -> list[Item]:
        """Return the first items of the catalog, by their SKUs."""
        return [Item(**row) for row in await self._read(f"{ITEMS} ORDER BY sku LIMIT ?", limit)]

    async def item(self, sku: str) -> Item | None:
        """Return one item of the catalog."""
        rows = await self._read(f"{ITEMS} WHERE sku = ?", sku)
        return Item(**rows[0]) if rows else None

    async def skus(self, prefix: str, limit: int) -> list[str]:
        """Return the first SKUs that start with `prefix`."""
        sql = "SELECT sku FROM items WHERE substr(sku, 1, length(?1)) = ?1 ORDER BY sku LIMIT ?2"
        return [row["sku"] for row in await self._read(sql, prefix, limit)]

    async def query(self, sql: str, parameters: Sequence[QueryValue]) -> QueryResult:
        """Run one SELECT of a caller within the limits of the settings."""

        def work(connection: sqlite3.Connection) -> QueryResult:
            values = Values({str(number): value for number, value in enumerate(parameters, 1)})
            with closing(connection.execute(sql, values)) as cursor:
                if len(values.used) < len(values):
                    raise refused(f"it uses {len(values.used)} parameters, and {len(values)} are given")
                columns = [name for name, *_ in cursor.description or ()]
                if not columns or columns in EXPLANATIONS:
                    raise refused("it must be one SELECT")
                rows = Rows(columns, self._settings)
                for row in cursor:
                    if not rows.push([plain(cell) for cell in row]):
                        break
            return rows.result

        try:
            return await self._run(work, self._query_turns, self._turns)
        except (sqlite3.Error, OverflowError, MemoryError) as error:
            if why := self._mistake(error):
                raise refused(why) from None
            raise failure(error) from error

    async def _read(self, sql: str, *values: QueryValue) -> list[sqlite3.Row]:
        try:
            return await self._run(lambda connection: connection.execute(sql, values).fetchall(), self._turns)
        except (sqlite3.Error, OverflowError, MemoryError) as error:
            raise failure(error) from error

    async def _run(self, work: Callable[[sqlite3.Connection], T], *turns: anyio.Semaphore) -> T:
        """Do `work` in a thread, on a connection that can only read, until its time is over or this is cancelled."""
        over = Event()

        def run() -> T:
            deadline = monotonic() + self._settings.query_timeout_seconds
            with closing(self._connect("ro")) as connection:
                guard(connection, self._settings)
                connection.set_progress_handler(lambda: over.is_set() or monotonic() > deadline, STEPS)
                return work(connection)

        async with turn(*turns):
            try:
                return await anyio.to_thread.run_sync(run, abandon_on_cancel=True, limiter=self._threads)
            finally:
                over.set()

    def _connect(self, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self._uri}mode={mode}", LOCK_SECONDS, isolation_level=None, check_same_thread=False, uri=True
        )
        connection.row_factory = sqlite3.Row
        return connection

    def _mistake(self, error: Exception) -> str | None:
        """Return what the author of a query can do about an error, unless it is nothing."""
        match code(error):
            case sqlite3.SQLITE_AUTH:
                return (
                    "it must be one SELECT without recursion that reads nothing but the tables "
                    f"{' and '.join(TABLES)}, with common functions ({error})"
                )
            case sqlite3.SQLITE_INTERRUPT:
                return f"it takes longer than {self._settings.query_timeout_seconds} s"
            case sqlite3.SQLITE_NOMEM:
                return "it needs too much memory"
            case None | sqlite3.SQLITE_ERROR | sqlite3.SQLITE_TOOBIG:
                return str(error)
        return None


class Values(dict[str, QueryValue]):
    """The values of the placeholders by their numbers, and which ones were used."""

    def __init__(self, values: dict[str, QueryValue]) -> None:
        super().__init__(values)
        self.used: set[str] = set()

    def __getitem__(self, name: str) -> QueryValue:
        value = super().__getitem__(name)
        self.used.add(name)
        return value


def code(error: Exception) -> int | None:
    """Return what SQLite calls this kind of error, unless it comes from Python's module."""
    if isinstance(error, MemoryError):
        return sqlite3.SQLITE_NOMEM
    # The upper bits say more than is of use here.
    return error.sqlite_errorcode & 0xFF if hasattr(error, "sqlite_errorcode") else None


def failure(error: Exception) -> Exception:
    """Return what a caller sees of a database that does not do its part."""
    log.warning("the database failed: %s", error)
    return unavailable(REASONS.get(code(error) or 0, "the database cannot be read"))
