"""A limit for each caller, which has proved who it is."""

from time import monotonic

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from .budget import Budget, too_many

log = structlog.stdlib.get_logger(__name__)


class RateLimit:
    """Refuse a request with 429 when its caller has sent too many."""

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self.app = app
        self.budget = Budget(per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = scope["state"]["caller"]
        if wait := self.budget.pay(caller, monotonic()):
            log.warning("request refused: too many in a minute", caller=str(caller))
            await too_many(wait)(scope, receive, send)
            return
        await self.app(scope, receive, send)
