"""Progress of a slow request, for clients that asked to hear of it."""

import asyncio
from collections.abc import Awaitable
from time import monotonic
from typing import TypeVar

import anyio
import structlog
from mcp.server.mcpserver import Context

from .app import App

log = structlog.stdlib.get_logger(__name__)

T = TypeVar("T")

# How often a client hears that work goes on.
PERIOD_SECONDS = 0.5


async def while_running(ctx: Context[App], work: Awaitable[T]) -> T:
    """Do `work`, and tell the client for how many seconds it has been going on."""
    telling = asyncio.create_task(_tell(ctx))
    try:
        return await work
    finally:
        telling.cancel()


async def _tell(ctx: Context[App]) -> None:
    started = monotonic()
    try:
        while True:
            await ctx.report_progress(monotonic() - started, message="running")
            await anyio.sleep(PERIOD_SECONDS)
    except Exception as error:  # noqa: BLE001 # the work itself goes on
        log.debug("cannot tell a client of progress", error=str(error))
