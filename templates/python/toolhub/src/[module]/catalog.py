"""The catalog, read from the database at most once in a while."""

from collections.abc import Sequence
from time import monotonic

from pydantic import BaseModel

from .database.store import Database
from .orders import Item

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
        self._last: tuple[float, Items] | None = None

    async def all(self) -> Items:
        """Return every item, as the database had it at most `ttl_seconds` ago."""
        if self._last and monotonic() - self._last[0] < self._ttl:
            return self._last[1]
        items = await self._database.items(MAX_ITEMS + 1)
        read = Items(items=items[:MAX_ITEMS], truncated=len(items) > MAX_ITEMS)
        self._last = monotonic(), read
        return read

    async def item(self, sku: str) -> Item | None:
        """Return one item."""
        known = await self.all()
        found = next((item for item in known.items if item.sku == sku), None)
        return await self._database.item(sku) if found is None and known.truncated else found
