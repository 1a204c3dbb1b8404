"""Streams end with the token that opened them."""

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send

from ..limits import run_within


class Expiry:
    """End a response when its token expires, but leave a call the time that any call has."""

    def __init__(self, app: ASGIApp, seconds: int) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        time = max(scope["state"]["remaining"], self.seconds)
        await run_within(anyio.move_on_after(time), self.app, scope, receive, send)
