"""Connections to SQLite, of which there are a few, used by threads that may block."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum, auto
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Self, TypeVar

import anyio

from .errors import UnavailableError
from .guard import guard

T = TypeVar("T")

# How long a request may wait for a connection.
PATIENCE_SECONDS = 2
# How long SQLite waits for a lock that another process holds.
LOCK_SECONDS = 1
# Steps of SQLite's virtual machine between two looks at the clock. A step that calls a function
# on large values takes up to a fifth of a second.
STEPS = 100

_numbers = count()


@dataclass(frozen=True, slots=True)
class Source:
    """Where the database is."""

    uri: str
    # Without one it is in memory, under a name that no other database of this process has.
    path: Path | None

    @classmethod
    def of(cls, path: Path | None) -> Self:
        if path is None:
            return cls(f"file:/database-{next(_numbers)}?vfs=memdb&", None)
        return cls(f"{path.absolute().as_uri()}?", path)

    def open(self, mode: str) -> sqlite3.Connection:
        """Open a connection that any thread may use, one at a time."""
        connection = sqlite3.connect(
            f"{self.uri}mode={mode}",
            timeout=LOCK_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            uri=True,
        )
        connection.row_factory = sqlite3.Row
        return connection

    def identity(self) -> tuple[int, int] | None:
        """Return what tells a file from another that has taken its place."""
        if self.path is None:
            return None
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino


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
    def __init__(self, source: Source, size: int, max_value_bytes: int) -> None:
        self._source = source
        self._size = size
        self._max_value_bytes = max_value_bytes
        self._slots = anyio.Semaphore(size, fast_acquire=True)
        self._query_slots = anyio.Semaphore((size + 1) // 2, fast_acquire=True)
        self._waiting = 0
        self._threads = ThreadPoolExecutor(size, "database")
        self._idle: list[tuple[sqlite3.Connection, tuple[int, int] | None]] = []
        self._keeper: sqlite3.Connection | None = None

    def keep(self, connection: sqlite3.Connection) -> None:
        """Take what has brought the database up to date.

        A database in memory lasts as long as a connection to it.
        """
        if self._source.path is None:
            self._keeper = connection
        else:
            connection.close()

    def close(self) -> None:
        """Close every connection, when nothing uses one any more."""
        self._threads.shutdown()
        for connection, _ in self._idle:
            connection.close()
        self._idle.clear()
        if self._keeper:
            self._keeper.close()

    @property
    def status(self) -> PoolStatus:
        return PoolStatus(self._size, self._size - self._slots.value, self._waiting)

    async def run(self, work: Callable[[sqlite3.Connection], T], use: Use, seconds: int) -> T:
        """Do `work` on a connection, for at most `seconds`.

        It is interrupted when this is cancelled.
        """
        release = await self._slot(use)
        abandoned = threading.Event()
        deadline = monotonic() + seconds

        def is_over() -> bool:
            return abandoned.is_set() or monotonic() > deadline

        def done(future: asyncio.Future[T]) -> None:
            release()
            # Where nobody waits any more, this is how its error does not count as overlooked.
            future.cancelled() or future.exception()

        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._threads, self._work, work, is_over)
        future.add_done_callback(done)
        try:
            # Unlike waiting for the future itself, this leaves it alone when it is cancelled:
            # the connection is in use until the thread is done.
            await asyncio.wait([future])
        finally:
            abandoned.set()
        return future.result()

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

    def _work(self, work: Callable[[sqlite3.Connection], T], is_over: Callable[[], bool]) -> T:
        connection, identity = self._connection()
        try:
            connection.set_progress_handler(is_over, STEPS)
            result = work(connection)
        except BaseException:
            # A connection on which something went wrong is not used again.
            connection.close()
            raise
        self._idle.append((connection, identity))
        return result

    def _connection(self) -> tuple[sqlite3.Connection, tuple[int, int] | None]:
        """Return one that was used before, or a new one."""
        identity = self._source.identity()
        while self._idle:
            try:
                connection, opened = self._idle.pop()
            except IndexError:
                break
            if opened == identity:
                return connection, identity
            # Its file has been deleted or replaced, which it does not show by itself.
            connection.close()
        connection = self._source.open("ro")
        try:
            guard(connection, self._size, self._max_value_bytes)
        except BaseException:
            connection.close()
            raise
        return connection, identity
