"""The catalog, read from the database at most once in a while."""

from collections.abc import Sequence
from time import monotonic

import anyio
from pydantic import BaseModel

from .backends.database import Database
from .backends.errors import UnavailableError
from .items import Item

# How many items are held in memory and shown at a time.
MAX_ITEMS = 1000


class Items(BaseModel):
    """The items in the order of their SKUs."""

    items: Sequence[Item]
    # Whether there are more than `MAX_ITEMS`.
    truncated: bool


class Catalog:
    def __init__(self, database: Database, ttl_seconds: int) -> None:
        self._database = database
        self._ttl = ttl_seconds
        self._reading = anyio.Lock()
        self._last: tuple[float, Items] | None = None
        self._failed: tuple[float, UnavailableError] | None = None

    async def all(self) -> Items:
        """Return every item.

        Who asks while the database is being read waits for that, and shares its outcome.
        """
        asked = monotonic()
        async with self._reading:
            if self._last and (self._last[0] > asked or monotonic() - self._last[0] < self._ttl):
                return self._last[1]
            if self._failed and self._failed[0] > asked:
                raise UnavailableError(self._failed[1].reason)
            try:
                items = await self._database.items(MAX_ITEMS + 1)
            except UnavailableError as error:
                self._failed = monotonic(), error
                raise
            whole = Items(items=items[:MAX_ITEMS], truncated=len(items) > MAX_ITEMS)
            self._last = monotonic(), whole
            return whole

    async def item(self, sku: str) -> Item | None:
        """Return one item."""
        everything = await self.all()
        found = next((item for item in everything.items if item.sku == sku), None)
        if found is None and everything.truncated:
            return await self._database.item(sku)
        return found

    async def skus(self, prefix: str, limit: int) -> list[str]:
        """Return the first SKUs that start with `prefix`."""
        return await self._database.skus(prefix, limit)
