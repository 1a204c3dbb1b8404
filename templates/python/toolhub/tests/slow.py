"""A slow query, and what its caller and the others see of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from mcp import Client

from . import sample
from .support import SOON

# It ends when it is made to.
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

# The only connection can be busy.
ONE_CONNECTION = {"MCP_DATABASE_CONNECTIONS": "1", "MCP_QUERY_TIMEOUT_SECONDS": "50"}


@asynccontextmanager
async def running(client: Client, *, reports: int = 1) -> AsyncIterator[None]:
    """Begin a call, wait until so many reports of its progress have come, and cancel it after."""
    begun = anyio.Event()
    heard = 0

    async def listen(progress: float, total: float | None, message: str | None) -> None:
        nonlocal heard
        heard += 1
        if heard == reports:
            assert (progress >= 0, total, message) == (True, None, "running")
            begun.set()

    async def call() -> None:
        await client.call_tool("run_query", {"sql": ENDLESS}, progress_callback=listen)

    async with anyio.create_task_group() as calls:
        calls.start_soon(call)
        with anyio.fail_after(SOON):
            await begun.wait()
        yield
        calls.cancel_scope.cancel()


async def wait_until_free(client: Client) -> None:
    """Call until there is a result that is no error: the only connection is free."""
    with anyio.fail_after(SOON):
        while (await client.call_tool(sample.TOOL, sample.ARGUMENTS)).is_error:
            pass
