"""Limits of the MCP endpoint: requests at a time, size and time of a body."""

import anyio
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.stdlib.get_logger(__name__)


class Admission:
    """Let a request in if there is room; it takes its place until the last byte of its response."""

    def __init__(self, app: ASGIApp, slots: int) -> None:
        self.app = app
        self.free = slots

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.free:
            why = "too many requests are open"
            log.warning("request refused", why=why)
            await PlainTextResponse(why, 503, {"Retry-After": "1"})(scope, receive, send)
            return
        self.free -= 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.free += 1


class WholeBody:
    """Read the whole body before anything acts on it."""

    def __init__(self, app: ASGIApp, max_bytes: int, seconds: int) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()
        try:
            with anyio.fail_after(self.seconds):
                async for chunk in Request(scope, receive).stream():
                    body += chunk
                    if len(body) > self.max_bytes:
                        await Response(status_code=413)(scope, receive, send)
                        return
        except TimeoutError:
            await Response(status_code=408)(scope, receive, send)
            return
        except ClientDisconnect:
            return
        whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        await self.app(scope, replay, send)


class Streams:
    """The streams that clients of older revisions hold open, and which only we can end."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._open: set[anyio.CancelScope] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        with anyio.CancelScope() as stream:
            self._open.add(stream)
            try:
                await self.app(scope, receive, watched)
            finally:
                self._open.discard(stream)
        if stream.cancelled_caught and started:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def close(self) -> None:
        """End every open stream."""
        for stream in self._open:
            stream.cancel()
