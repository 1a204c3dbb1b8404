"""What a client learns of changes: which ones to expect, and, before 2026-07-28, that there was one.

A client of that revision follows them by `subscriptions/listen`, which the SDK serves.
"""

from contextlib import suppress
from typing import Any

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.server.session import ServerSession
from mcp.server.subscriptions import ServerEvent, SubscriptionBus

CAPABILITIES = {"completions": {}, "prompts": {}, "resources": {"listChanged": True}, "tools": {}}


def changes(bus: SubscriptionBus) -> ServerMiddleware[Any]:
    following: set[str | None] = set()

    async def tell(ctx: ServerRequestContext, call_next: CallNext) -> HandlerResult:
        result = await call_next(ctx)
        if ctx.method in {"initialize", "server/discover"} and isinstance(result, dict):
            return {**result, "capabilities": CAPABILITIES}
        session = ctx.request and ctx.request.headers.get("mcp-session-id")
        # A session is followed once, however often its client says that it is ready, until the SDK cancels this.
        if ctx.method == "notifications/initialized" and session not in following:
            following.add(session)
            try:
                await follow(bus, ctx.session)
            finally:
                following.discard(session)
        return result

    return tell


async def follow(bus: SubscriptionBus, session: ServerSession) -> None:
    # One change that waits stands for all that come after it.
    sender, receiver = anyio.create_memory_object_stream[None](1)

    def wake(_: ServerEvent) -> None:
        with suppress(anyio.WouldBlock):
            sender.send_nowait(None)

    unsubscribe = bus.subscribe(wake)
    try:
        with sender, receiver:
            async for _ in receiver:
                await session.send_resource_list_changed()
    finally:
        unsubscribe()
