"""The database, in Postgres."""

from collections.abc import Sequence
from functools import partial

import psycopg
import structlog
from psycopg.rows import DictRow

from . import failure, query, schema, statement
from .errors import DatabaseError, UnavailableError
from .pool import Connection, Pool, PoolStatus, Use
from .settings import DatabaseSettings
from .url import DatabaseUrl
from ..items import Item
from ..orders import Order, OrderStatus
from ..query import QueryResult, QueryValue, check

log = structlog.stdlib.get_logger(__name__)

# How long `ready` may take.
READY_SECONDS = 1
# How long it may take to bring the database up to date.
OPEN_SECONDS = 300

ORDERS = """
    SELECT id, customer, status, sku, quantity, total_cents,
        to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS created_at
    FROM orders
"""


class Database:
    def __init__(self, settings: DatabaseSettings) -> None:
        self._settings = settings
        self._limits = settings.query_limits
        self._pool = Pool(
            DatabaseUrl.from_environment(), settings.database_connections, self._limits.seconds
        )

    async def open(self) -> None:
        """Bring the database up to date, and fill it with sample data if the settings say so."""
        log.info("opening the database")
        try:
            await self._pool.run(self._prepare, Use.LOOKUP, OPEN_SECONDS)
        except DatabaseError as error:
            raise _unopened(str(error)) from None
        except TimeoutError:
            raise _unopened(f"it takes longer than {OPEN_SECONDS} s") from None
        except psycopg.Error as error:
            raise _unopened(failure.describe(error)) from None

    async def _prepare(self, connection: Connection) -> None:
        await schema.migrate(connection)
        if self._settings.database_seed:
            await schema.seed(connection)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    async def ready(self) -> None:
        """Return if the database answers, and raise an error if it does not."""
        await self._read("SELECT FROM orders LIMIT 1", seconds=READY_SECONDS)

    async def order(self, identifier: str) -> Order | None:
        """Return one order."""
        rows = await self._read(f"{ORDERS} WHERE id = %s", identifier)
        return Order.model_validate(rows[0]) if rows else None

    async def orders(self, status: OrderStatus | None, after: str, limit: int) -> list[Order]:
        """Return the first orders after the one called `after`, by their identifiers."""
        if status is None:
            where, values = "id > %s", [after]
        else:
            where, values = "id > %s AND status = %s", [after, status]
        sql = f"{ORDERS} WHERE {where} ORDER BY id LIMIT %s"
        rows = await self._read(sql, *values, limit)
        return [Order.model_validate(row) for row in rows]

    async def items(self, limit: int) -> list[Item]:
        """Return the first items of the catalog, by their SKUs."""
        rows = await self._read(
            "SELECT sku, name, price_cents, stock FROM items ORDER BY sku LIMIT %s", limit
        )
        return [Item.model_validate(row) for row in rows]

    async def item(self, sku: str) -> Item | None:
        """Return one item of the catalog."""
        rows = await self._read(
            "SELECT sku, name, price_cents, stock FROM items WHERE sku = %s", sku
        )
        return Item.model_validate(rows[0]) if rows else None

    async def skus(self, prefix: str, limit: int) -> list[str]:
        """Return the first SKUs that start with `prefix`."""
        rows = await self._read(
            "SELECT sku FROM items WHERE starts_with(sku, %s) ORDER BY sku LIMIT %s", prefix, limit
        )
        return [row["sku"] for row in rows]

    async def query(self, sql: str, parameters: Sequence[QueryValue]) -> QueryResult:
        """Run one SELECT of a caller, within the limits of the settings.

        It is ended at the server when this is cancelled.
        """
        check(sql, parameters)
        limits = self._limits
        run = partial(query.run, sql=statement.check(sql), parameters=parameters, limits=limits)
        try:
            return await self._pool.run(run, Use.QUERY, limits.seconds)
        except DatabaseError as error:
            raise _unreachable(error) from None
        except TimeoutError:
            raise failure.too_slow(limits) from None
        except psycopg.Error as error:
            raise failure.of_query(error, limits) from error

    @property
    def pool(self) -> PoolStatus:
        """How busy the connections are."""
        return self._pool.status

    async def _read(
        self, sql: str, *values: str | int | None, seconds: int | None = None
    ) -> list[DictRow]:
        async def work(connection: Connection) -> list[DictRow]:
            return await (await connection.execute(sql, values)).fetchall()

        try:
            return await self._pool.run(work, Use.LOOKUP, seconds or self._limits.seconds)
        except DatabaseError as error:
            raise _unreachable(error) from None
        except TimeoutError:
            raise UnavailableError("the database takes too long") from None
        except psycopg.Error as error:
            raise failure.of_lookup(error) from error


def _unopened(reason: str) -> DatabaseError:
    return DatabaseError(f"cannot open the database (DATABASE_URL): {reason}")


def _unreachable(error: DatabaseError) -> UnavailableError:
    log.warning("cannot connect to the database", error=str(error))
    return UnavailableError("the database cannot be reached")
