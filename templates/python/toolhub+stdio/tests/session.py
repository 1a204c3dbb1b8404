"""A server and a client of it, for tests that do not care how the two are connected."""

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mcp import Client, StdioServerParameters

from .support import COMMAND, ERAS, SOON, environment


def ended(*command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the program, perhaps below another one, until it ends by itself, with code 1."""
    process = subprocess.run(
        [*command, *COMMAND],
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=SOON,
        check=False,
    )
    assert process.returncode == 1, process.stderr
    return process


@asynccontextmanager
async def serve(era: str = ERAS[-1], **settings: str) -> AsyncIterator[Client]:
    host = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env=environment(**settings))
    async with Client(host, mode=era, read_timeout_seconds=SOON) as client:
        # It answers when it has opened its database.
        await client.list_tools()
        yield client
