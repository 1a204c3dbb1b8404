"""Limits of the MCP endpoint: requests at a time, size and time of a body."""

import asyncio

import anyio
import structlog
from mcp.types import (
    INVALID_REQUEST,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError
from pydantic_core import from_json
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
        try:
            async with asyncio.timeout(self.seconds):
                body = await self._read(Request(scope, receive))
        except TimeoutError:
            await _unread(408)(scope, receive, send)
            return
        except ClientDisconnect:
            return
        if body is None:
            await _unread(413)(scope, receive, send)
            return
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        objection: Response | None = None

        async def judge(message: Message) -> None:
            nonlocal objection
            if message["type"] == "http.response.start" and message["status"] == 400:
                objection = _not_a_message(scope, body)
            if objection is None:
                await send(message)

        await self.app(scope, replay, judge)
        if objection is not None:
            await objection(scope, receive, send)

    async def _read(self, request: Request) -> bytes | None:
        """Return the body, unless it is too large."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self.max_bytes:
                return None
        return bytes(body)


def _unread(status: int) -> Response:
    """Refuse a request of which there is more to come, which nobody will read."""
    return Response(status_code=status, headers={"Connection": "close"})


def _not_a_message(scope: Scope, body: bytes) -> Response | None:
    """Return what to say of a body that the SDK cannot read: its own words repeat parts of it."""
    if scope["method"] != "POST":
        return None
    try:
        jsonrpc_message_adapter.validate_python(from_json(body), by_name=False)
    except ValidationError:
        error = ErrorData(code=INVALID_REQUEST, message="the body is not one message of MCP")
    except ValueError:
        error = ErrorData(code=PARSE_ERROR, message="the body is not JSON")
    else:
        return None
    answer = JSONRPCError(jsonrpc="2.0", id=None, error=error)
    return Response(answer.model_dump_json(), 400, media_type="application/json")


async def run_within(
    bounds: anyio.CancelScope, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Run `app` until it is cancelled, and then end its response as if it were whole."""
    started = False

    async def watched(message: Message) -> None:
        nonlocal started
        started = True
        await send(message)

    with bounds:
        await app(scope, receive, watched)
    if bounds.cancelled_caught and started:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class Streams:
    """The streams that clients of older revisions hold open, and which only we can end."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._open: set[anyio.CancelScope] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        stream = anyio.CancelScope()
        self._open.add(stream)
        try:
            await run_within(stream, self.app, scope, receive, send)
        finally:
            self._open.discard(stream)

    def close(self) -> None:
        """End every open stream."""
        for stream in self._open:
            stream.cancel()
