"""A client that waits for changes."""

import anyio
from mcp.client.session import IncomingMessage
from mcp.types import ResourceListChangedNotification

from .support import SOON


class Listener:
    def __init__(self) -> None:
        self.count = 0
        self._changes = anyio.Semaphore(0)

    async def __call__(self, message: IncomingMessage) -> None:
        if isinstance(message, ResourceListChangedNotification):
            self.count += 1
            self._changes.release()

    async def heard(self) -> None:
        """Wait for the next change."""
        with anyio.fail_after(SOON):
            await self._changes.acquire()
