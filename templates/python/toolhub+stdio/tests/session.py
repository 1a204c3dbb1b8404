"""A server and a client of it, for tests that do not care how the two are connected."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mcp import Client, StdioServerParameters

from .support import COMMAND, ERAS, SOON, environment

# What the program needs before it serves.
SETTINGS: dict[str, str] = {}


@asynccontextmanager
async def serve(era: str = ERAS[-1], **settings: str) -> AsyncIterator[Client]:
    host = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env=environment(**settings))
    async with Client(host, mode=era, read_timeout_seconds=SOON) as client:
        # It answers when it has opened its database.
        await client.list_tools()
        yield client
