"""Whether the database answers. It is asked at most once a second, however often this is."""

from time import monotonic

import anyio
import structlog

from ..backends.database import Database
from ..errors import AppError

log = structlog.stdlib.get_logger(__name__)

# How long an answer holds.
FRESH_SECONDS = 1
# How long the database may take.
PATIENCE_SECONDS = 2


class Backend:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._asking = anyio.Lock()
        self._last: tuple[float, bool] | None = None

    async def is_ready(self) -> bool:
        # Who waits here is told what the one before has found out.
        async with self._asking:
            if self._last and monotonic() - self._last[0] < FRESH_SECONDS:
                return self._last[1]
            try:
                with anyio.fail_after(PATIENCE_SECONDS):
                    await self._database.ready()
                ready = True
            except (AppError, TimeoutError):
                log.warning("not ready: the database does not answer")
                ready = False
            self._last = monotonic(), ready
            return ready
