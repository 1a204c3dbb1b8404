"""Connections to Postgres: how many there are, and how long anything may take."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeVar

import anyio
import psycopg
from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row

from . import failure
from .errors import DatabaseError, UnavailableError
from .url import DatabaseUrl
from .. import NAME

T = TypeVar("T")
Connection = AsyncConnection[DictRow]

# How long a request may wait for a connection.
PATIENCE_SECONDS = 2
# How long it may take to reach the database.
CONNECT_SECONDS = 5
# How long a statement may wait for a lock, unless it may not take much longer itself.
LOCK_SECONDS = 1
# How long the other side may be silent before a connection counts as broken.
SILENCE_SECONDS = 15
# How much later than the database itself this program gives up on a statement.
GRACE_SECONDS = 1


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """How busy the connections are."""

    size: int
    in_use: int
    # Requests that wait for a connection.
    waiting: int


class Use(Enum):
    """What a request wants a connection for."""

    # A statement of this program, which is quick.
    LOOKUP = auto()
    # A statement of a caller, which may be slow: at most half of the connections, rounded up.
    QUERY = auto()


class Pool:
    """Connects to nothing before it is used."""

    def __init__(self, url: DatabaseUrl, size: int, statement_seconds: int) -> None:
        self._parameters = _bounded(url, statement_seconds)
        self._size = size
        self._slots = anyio.Semaphore(size, fast_acquire=True)
        self._query_slots = anyio.Semaphore((size + 1) // 2, fast_acquire=True)
        self._waiting = 0
        self._idle: list[Connection] = []
        self._ending: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Close every connection, when nothing uses one any more."""
        await asyncio.gather(*self._ending)
        for connection in self._idle:
            await connection.close()
        self._idle.clear()

    @property
    def status(self) -> PoolStatus:
        return PoolStatus(self._size, self._size - self._slots.value, self._waiting)

    async def run(
        self, work: Callable[[Connection], Coroutine[Any, Any, T]], use: Use, seconds: int
    ) -> T:
        """Do `work` on a connection, for little more than `seconds`.

        When this is cancelled, or time is over, what is under way is ended at the server too.
        """
        release = await self._slot(use)
        try:
            connection = await self._connection()
        except BaseException:
            release()
            raise
        # Not in the scope of the request, which would cancel its end, too.
        task = asyncio.create_task(work(connection))
        try:
            await asyncio.wait([task], timeout=seconds + GRACE_SECONDS)
        finally:
            if task.done():
                await self._give_back(connection)
                release()
            else:
                ending = asyncio.create_task(_end(task, connection, release))
                self._ending.add(ending)
                ending.add_done_callback(self._ending.discard)
        if not task.done():
            raise TimeoutError
        return task.result()

    async def _slot(self, use: Use) -> Callable[[], None]:
        """Wait until a connection is free, and return what gives it back."""
        self._waiting += 1
        try:
            with ExitStack() as taken, anyio.fail_after(PATIENCE_SECONDS):
                turns = [self._query_slots, self._slots] if use is Use.QUERY else [self._slots]
                for turn in turns:
                    await turn.acquire()
                    taken.callback(turn.release)
                return taken.pop_all().close
        except TimeoutError:
            raise UnavailableError("all connections to the database are in use") from None
        finally:
            self._waiting -= 1

    async def _connection(self) -> Connection:
        """Return one that was used before, or a new one."""
        while self._idle:
            connection = self._idle.pop()
            if _is_alive(connection):
                return connection
            await connection.close()
        try:
            return await AsyncConnection.connect(
                **self._parameters, autocommit=True, row_factory=dict_row
            )
        except psycopg.Error as error:
            raise DatabaseError(failure.of_connecting(error)) from None

    async def _give_back(self, connection: Connection) -> None:
        """Keep a connection for others, if nothing is under way any more."""
        if connection.info.transaction_status == TransactionStatus.IDLE:
            self._idle.append(connection)
        else:
            await connection.close()


async def _end(task: asyncio.Task[T], connection: Connection, release: Callable[[], None]) -> None:
    """End what nobody waits for any more, and close its connection."""
    # The driver asks the server to cancel, and waits until it has; the second time it gives up.
    for _ in range(2):
        task.cancel()
        await asyncio.wait([task], timeout=CONNECT_SECONDS)
    await connection.close()
    release()


def _is_alive(connection: Connection) -> bool:
    """Whether the server has not closed an idle connection, perhaps after a last word."""
    try:
        for _ in range(2):
            connection.pgconn.consume_input()
    except psycopg.OperationalError:
        return False
    return not connection.closed


def _bounded(url: DatabaseUrl, statement_seconds: int) -> dict[str, Any]:
    """Bound what connections do in time, at both ends."""
    lock_seconds = min(LOCK_SECONDS, statement_seconds / 2)
    # Of two that contradict each other the last counts, which is the one in the URL.
    options = (
        f"-c timezone=UTC -c statement_timeout={statement_seconds * 1000} "
        f"-c lock_timeout={int(lock_seconds * 1000)} "
        f"-c idle_in_transaction_session_timeout={SILENCE_SECONDS * 1000} "
        f"{url.parameters.get('options', '')}"
    )
    return {
        "application_name": NAME,
        **url.parameters,
        "client_encoding": "utf8",
        "options": options,
        "connect_timeout": CONNECT_SECONDS,
        "keepalives_idle": SILENCE_SECONDS,
        "keepalives_interval": SILENCE_SECONDS // 3,
        "keepalives_count": 3,
        "tcp_user_timeout": SILENCE_SECONDS * 1000,
    }
