"""What each HTTP request gets on its way in: an id, which logs of other servers may have too."""

import re
from itertools import count
from secrets import token_hex

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..metrics import Metrics

HEADER = b"x-request-id"
# Any other id is no id.
HARMLESS = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Identify:
    """Give a request the id that it came with, or a new one, and its response the same."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics
        self._process = token_hex(4)
        self._numbers = count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = next((value for name, value in scope["headers"] if name == HEADER), b"")
        known = HARMLESS.fullmatch(given)
        number = given if known else f"{self._process}-{next(self._numbers):x}".encode()
        scope.setdefault("state", {})["request_id"] = number.decode()

        async def identified(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.metrics.count_refusal(message["status"])
                message["headers"] = [*message.get("headers", []), (HEADER, number)]
            await send(message)

        await self.app(scope, receive, identified)
