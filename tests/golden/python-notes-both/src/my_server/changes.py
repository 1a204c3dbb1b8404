"""Tells clients that the list of notes has changed, in the way of their protocol revision."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.session import ServerSession
from mcp.server.subscriptions import (
    SUBSCRIPTION_ID_META_KEY,
    InMemorySubscriptionBus,
    ResourcesListChanged,
    ServerEvent,
)

# What marks the state of a session that is told of changes.
PUSHING = f"{__name__}.pushing"


class Changes:
    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self._streams: set[anyio.CancelScope] = set()

    async def publish(self) -> None:
        """Tell every client that follows the list."""
        await self.bus.publish(ResourcesListChanged())

    def close(self) -> None:
        """End every stream with its final result."""
        for stream in self._streams:
            stream.cancel()

    async def middleware(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Serve the streams of 2026-07-28, and push into the sessions of older revisions."""
        if ctx.method == "subscriptions/listen":
            return await self._stream(ctx, call_next)
        result = await call_next(ctx)
        if ctx.method == "notifications/initialized":
            await self._push(ctx.session)
        return result

    async def _stream(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        with anyio.CancelScope() as scope:
            self._streams.add(scope)
            try:
                return await call_next(_narrowed(ctx))
            finally:
                self._streams.discard(scope)
        return {
            "resultType": "complete",
            "_meta": {SUBSCRIPTION_ID_META_KEY: ctx.request_id},
        }

    async def _push(self, session: ServerSession) -> None:
        """Notify a session as long as it lasts: the SDK cancels this task with it."""
        # Nothing else that the SDK gives out lives as long as the session.
        state = session._connection.state  # noqa: SLF001
        # A client may say more than once that it is ready; it is served once.
        if PUSHING in state:
            return
        state[PUSHING] = True
        # One pending change stands for all that follow it.
        changed, changes = anyio.create_memory_object_stream[None](1)

        def wake(_: ServerEvent) -> None:
            with suppress(anyio.WouldBlock):
                changed.send_nowait(None)

        unsubscribe = self.bus.subscribe(wake)
        try:
            with changed, changes:
                async for _ in changes:
                    await session.send_resource_list_changed()
        finally:
            unsubscribe()


def _narrowed(ctx: ServerRequestContext[Any, Any]) -> ServerRequestContext[Any, Any]:
    """Leave in the request only what this server has to tell, for the answer to be honest."""
    params = dict(ctx.params or {})
    requested = params.get("notifications")
    if isinstance(requested, dict):
        key = "resourcesListChanged"
        params["notifications"] = {key: requested[key]} if key in requested else {}
    return replace(ctx, params=params)
