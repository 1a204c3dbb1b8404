"""Progress of a slow call, for clients that asked for it."""

import asyncio
from collections.abc import Awaitable
from time import monotonic
from typing import TypeVar

from mcp.server.mcpserver import Context

T = TypeVar("T")

PERIOD_SECONDS = 0.5


async def while_running(ctx: Context, work: Awaitable[T]) -> T:
    """Do `work`, and report for how many seconds it has been going on."""
    reports = asyncio.create_task(report(ctx))
    try:
        return await work
    finally:
        reports.cancel()


async def report(ctx: Context) -> None:
    started = monotonic()
    while True:
        await ctx.report_progress(monotonic() - started, message="running")
        await asyncio.sleep(PERIOD_SECONDS)
