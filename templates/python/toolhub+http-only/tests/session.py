"""A server and a client of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from mcp import Client

from . import serving
from .connecting import connect
from .support import ERAS, SOON

# What the program needs before it serves.
SETTINGS = serving.SETTINGS


@asynccontextmanager
async def serve(era: str = ERAS[-1], **settings: str) -> AsyncIterator[Client]:
    # In a thread, since what it waits for may need the event loop of the test.
    with await to_thread.run_sync(lambda: serving.HttpProcess(**settings)) as process:
        async with connect(process.url, era, read_timeout_seconds=SOON) as client:
            yield client
