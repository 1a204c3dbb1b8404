"""Streams end with the token that opened them."""

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send

from ..limits import run_within


class Expiry:
    """End a response when its token expires, but leave a call the time that any call has.

    It has `seconds` for its body, and then as many until it is answered that it was stopped.
    """

    def __init__(self, app: ASGIApp, seconds: int) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        least = self.seconds if scope["method"] == "GET" else 2 * self.seconds
        time = max(scope["state"]["remaining"], least)
        await run_within(anyio.move_on_after(time), self.app, scope, receive, send)
