"""A server and a client of it, for tests that do not care how the two are connected."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mcp import Client

from .connecting import connect
from .serving import HttpProcess
from .support import ERAS, SOON


@asynccontextmanager
async def serve(era: str = ERAS[-1], **settings: str) -> AsyncIterator[Client]:
    with HttpProcess(**settings) as process:
        async with connect(process.url, era, read_timeout_seconds=SOON) as client:
            yield client
