"""The database, in Postgres."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import anyio
import psycopg
from psycopg import AsyncConnection, AsyncRawServerCursor
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from . import schema, url
from .query import PATIENCE_SECONDS, QueryResult, QueryValue, Rows, plain, refused, turn, unavailable
from .statement import judge
from ..config import PACKAGE, Settings
from ..orders import Item, Order, OrderStatus

log = logging.getLogger(__name__)
# The driver's own lines name the host.
logging.getLogger("psycopg").setLevel(logging.CRITICAL)

# How long a statement may wait for a lock.
LOCK_SECONDS = 1
# How long it may take to reach the database, and how long the other side may be silent.
CONNECT_SECONDS = 5
SILENCE_SECONDS = 15
# How much later than the database itself this program gives up on a statement.
GRACE_SECONDS = 1
MAX_COLUMNS = 100
# How many rows of a query are read at a time, and how much text its parameters may have.
BATCH = 20
MAX_VALUES = 4000

ORDERS = """
    SELECT id, customer, status, sku, quantity, total_cents,
        to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS created_at
    FROM orders
"""
ITEMS = "SELECT sku, name, price_cents, stock FROM items"

REASONS = {
    "53100": "the disk of the database is full",
    "53200": "the database is out of memory",
    "55P03": "the database is locked",
    "57014": "the database takes too long",
}
# Classes of errors in a query's text and in its values, and of what is too large or too complex.
MISTAKES = ("0A", "21", "22", "42", "54")


class Database:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turns = anyio.Semaphore(settings.database_connections)
        # Queries leave some connections to the other requests.
        self._query_turns = anyio.Semaphore((settings.database_connections + 1) // 2)
        self._tasks: set[asyncio.Task[QueryResult]] = set()
        self._pool: AsyncConnectionPool

    def prepare(self) -> None:
        """Bring the database up to date, and add sample data if the settings say so."""
        try:
            with psycopg.connect(**self._parameters(0)) as connection:
                schema.migrate(connection, sample=self._settings.database_seed)
        except (psycopg.Error, schema.NewerError) as error:
            sys.exit(f"cannot open the database (DATABASE_URL): {describe(error)}")

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Hold connections to the database."""
        self._pool = AsyncConnectionPool(
            kwargs={**self._parameters(self._settings.query_timeout_seconds), "autocommit": True},
            min_size=1,
            max_size=self._settings.database_connections,
            timeout=PATIENCE_SECONDS,
            check=AsyncConnectionPool.check_connection,
            open=False,
        )
        async with self._pool:
            yield

    async def ready(self) -> None:
        """Return if the database answers, and raise an error if it does not."""
        await self._read("SELECT 1 FROM items LIMIT 1")

    async def order(self, order_id: str) -> Order | None:
        """Return one order."""
        rows = await self._read(f"{ORDERS} WHERE id = %s", order_id)
        return Order(**rows[0]) if rows else None

    async def orders(self, status: OrderStatus | None, after: str, limit: int) -> list[Order]:
        """Return the first orders after the one called `after`, by their identifiers."""
        sql = f"{ORDERS} WHERE id > %s AND (%s::text IS NULL OR status = %s) ORDER BY id LIMIT %s"
        return [Order(**row) for row in await self._read(sql, after, status, status, limit)]

    async def items(self, limit: int) -> list[Item]:
        """Return the first items of the catalog, by their SKUs."""
        return [Item(**row) for row in await self._read(f"{ITEMS} ORDER BY sku LIMIT %s", limit)]

    async def item(self, sku: str) -> Item | None:
        """Return one item of the catalog."""
        rows = await self._read(f"{ITEMS} WHERE sku = %s", sku)
        return Item(**rows[0]) if rows else None

    async def skus(self, prefix: str, limit: int) -> list[str]:
        """Return the first SKUs that start with `prefix`."""
        sql = "SELECT sku FROM items WHERE starts_with(sku, %s) ORDER BY sku LIMIT %s"
        return [row["sku"] for row in await self._read(sql, prefix, limit)]

    async def query(self, sql: str, parameters: Sequence[QueryValue]) -> QueryResult:
        """Run one SELECT of a caller within the limits of the settings."""
        judged, count = judge(sql)
        if count != len(parameters):
            raise refused(f"it uses {count} parameters, and {len(parameters)} are given")
        values = [value if value is None else str(value) for value in parameters]
        if sum(len(value or "") for value in values) > MAX_VALUES:
            raise refused(f"its parameters must not have more than {MAX_VALUES} characters")
        # A task is cancelled once; the SDK would also cancel the driver's effort to end the statement at the server.
        task = asyncio.create_task(self._run(judged, values))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await asyncio.wait([task])
            return task.result()
        except (TimeoutError, psycopg.errors.QueryCanceled):
            raise refused(f"it takes longer than {self._settings.query_timeout_seconds} s") from None
        except psycopg.Error as error:
            raise failure(error) from error
        finally:
            task.cancel()

    async def _run(self, sql: str, values: Sequence[str | None]) -> QueryResult:
        async with self._connection(self._query_turns) as connection, connection.transaction(force_rollback=True):
            return await self._fetch(connection, sql, values)

    async def _fetch(self, connection: AsyncConnection, sql: str, values: Sequence[str | None]) -> QueryResult:
        await connection.execute(
            "SET TRANSACTION READ ONLY; SET LOCAL standard_conforming_strings = on; "
            "SET LOCAL max_parallel_workers_per_gather = 0"
        )
        async with AsyncRawServerCursor(connection, "query") as cursor:
            await cursor.execute(sql.encode(), values)
            columns = [column.name for column in cursor.description or ()]
            if not 1 <= len(columns) <= MAX_COLUMNS:
                raise refused(f"it must have 1 to {MAX_COLUMNS} columns")
            rows = Rows(columns, self._settings)
            while batch := await cursor.fetchmany(BATCH):
                for row in batch:
                    if not rows.push([plain(cell) for cell in row]):
                        return rows.result
        return rows.result

    async def _read(self, sql: LiteralString, *values: str | int | None) -> list[DictRow]:
        try:
            async with self._connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
                return await (await cursor.execute(sql, values)).fetchall()
        except TimeoutError:
            raise unavailable("the database takes too long") from None
        except psycopg.Error as error:
            raise failure(error) from error

    @asynccontextmanager
    async def _connection(self, *turns: anyio.Semaphore) -> AsyncIterator[AsyncConnection]:
        """Give a connection for little more than the time of a statement, which is ended at the server as well."""
        try:
            async with turn(*turns, self._turns), self._pool.connection() as connection:
                async with asyncio.timeout(self._settings.query_timeout_seconds + GRACE_SECONDS):
                    yield connection
        except PoolTimeout:
            raise unavailable("the database cannot be reached") from None

    def _parameters(self, seconds: int) -> dict[str, Any]:
        """Bound what connections do in time, at both ends."""
        given = url.check(self._settings.database_url.get_secret_value())
        # Of two that contradict each other the last counts, which is the one in the URL.
        options = f"-c timezone=UTC -c statement_timeout={seconds * 1000} -c lock_timeout={LOCK_SECONDS * 1000}"
        return {
            "application_name": PACKAGE["Name"],
            **given,
            "client_encoding": "utf8",
            "options": f"{options} {given.get('options', '')}",
            "connect_timeout": CONNECT_SECONDS,
            "keepalives_idle": SILENCE_SECONDS,
            "tcp_user_timeout": SILENCE_SECONDS * 1000,
        }


def describe(error: Exception) -> str:
    """Return what went wrong, for the log, without the host that the driver names."""
    if isinstance(error, psycopg.Error) and error.sqlstate:
        return f"{error.diag.message_primary} ({error.sqlstate})"
    return str(error).partition("\n")[0].rpartition(": ")[2].strip()


def failure(error: psycopg.Error) -> Exception:
    """Return what a caller sees: their mistake, or else that the database does not do its part."""
    state = error.sqlstate or ""
    if state == "42501":
        return refused("it must read nothing but the tables of this server")
    if state.startswith(MISTAKES):
        return refused((error.diag.message_primary or "")[:300])
    if isinstance(error, psycopg.DataError):
        return refused(str(error)[:300])
    log.warning("the database failed: %s", describe(error))
    return unavailable(REASONS.get(state, "the database cannot be read" if state else "the database cannot be reached"))
