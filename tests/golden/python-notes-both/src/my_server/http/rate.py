"""A limit for each address, since nobody has to prove who they are."""

from collections.abc import Sequence
from time import monotonic

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from .budget import Budget, too_many
from .peer import Network, client_of

log = structlog.stdlib.get_logger(__name__)


class RateLimit:
    """Refuse a request with 429 when its address has sent too many.

    This machine's own programs may send any number.
    """

    def __init__(self, app: ASGIApp, per_minute: int, proxies: Sequence[Network]) -> None:
        self.app = app
        self.budget = Budget(per_minute)
        self.proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = client_of(scope, self.proxies)
        if not client.is_loopback and (wait := self.budget.pay(client, monotonic())):
            log.warning("request refused: too many in a minute", client=str(client))
            await too_many(wait)(scope, receive, send)
            return
        await self.app(scope, receive, send)
