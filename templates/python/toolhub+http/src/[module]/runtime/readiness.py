"""`/readyz`: whether load balancers should send requests here."""

from collections.abc import Awaitable, Callable
from threading import Event
from time import monotonic

import anyio
from mcp.server.mcpserver.exceptions import ResourceError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from ..state import State

# Set once the process has been asked to stop.
STOPPING = Event()
# How long an answer of the database holds, and how long it may take.
FRESH_SECONDS = 1
PATIENCE_SECONDS = 2


def check(state: State) -> Callable[[Request], Awaitable[Response]]:
    turn = anyio.Lock()
    checked, ready = float("-inf"), False

    async def readyz(_: Request) -> Response:
        nonlocal checked, ready
        if STOPPING.is_set():
            return PlainTextResponse("the server is stopping\n", 503)
        async with turn:
            if monotonic() - checked > FRESH_SECONDS:
                try:
                    with anyio.fail_after(PATIENCE_SECONDS):
                        await state.database.ready()
                    ready = True
                except (ResourceError, TimeoutError):
                    ready = False
                checked = monotonic()
        return PlainTextResponse("ready\n") if ready else PlainTextResponse("the database does not answer\n", 503)

    return readyz
