"""Who may call over HTTP, and how much."""

import logging
from collections import defaultdict
from time import monotonic
from typing import Any

from asgi_correlation_id import CorrelationIdMiddleware
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import (
    AuthenticatedUser,
    BearerAuthBackend,
    RequireAuthMiddleware,
    authorization_context,
)
from starlette.datastructures import Headers
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .auth import Tokens
from ..config import Settings

log = logging.getLogger(__name__)


def protected(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Let in only callers with a token, within the limits. The outermost check stands last."""
    if settings.max_sessions:
        app = SessionShare(app, max(settings.max_sessions // 4, 1), settings.session_idle_seconds or float("inf"))
    if settings.max_concurrent_requests:
        app = Admission(app, settings.max_concurrent_requests)
    app = RequireAuthMiddleware(app, required_scopes=[])
    if settings.rate_limit_per_minute:
        app = RateLimit(app, settings.rate_limit_per_minute)
    app = AuthContextMiddleware(app)
    app = AuthenticationMiddleware(app, BearerAuthBackend(Tokens(settings.tokens())))
    return CorrelationIdMiddleware(app)


def caller(scope: Scope) -> str:
    """Return who sent a request: the principal of a good token, or else the address."""
    user: Any = scope["user"]
    if isinstance(user, AuthenticatedUser):
        return str(tuple(authorization_context(user).values()))
    return str((scope["client"] or [None])[0])


class RateLimit:
    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self.app = app
        self.limiter = MovingWindowRateLimiter(MemoryStorage())
        self.limit = RateLimitItemPerMinute(per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.limiter.hit(self.limit, caller(scope)):
            return await self.app(scope, receive, send)
        log.warning("too many requests in a minute", extra={"caller": caller(scope)})
        return await PlainTextResponse("too many requests\n", 429, {"Retry-After": "60"})(scope, receive, send)


class Admission:
    def __init__(self, app: ASGIApp, slots: int) -> None:
        self.app = app
        self.free = slots

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.free:
            return await PlainTextResponse("busy\n", 503, {"Retry-After": "1"})(scope, receive, send)
        self.free -= 1
        try:
            return await self.app(scope, receive, send)
        finally:
            self.free += 1


class SessionShare:
    """Counts the sessions of each caller, which clients of older revisions open; the SDK caps their sum."""

    def __init__(self, app: ASGIApp, share: int, idle: float) -> None:
        self.app = app
        self.share = share
        self.idle = idle
        self.seen: defaultdict[str, dict[str, float]] = defaultdict(dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        who, now = caller(scope), monotonic()
        session = Headers(scope=scope).get("mcp-session-id")
        own = {name: seen for name, seen in self.seen.pop(who, {}).items() if now - seen < self.idle}
        if session in own:
            own[session] = now
        if own:
            self.seen[who] = own
        opens = session is None and b"mcp-method" not in dict(scope["headers"])
        if opens and len(own) >= self.share:
            log.warning("too many sessions", extra={"caller": who})
            return await PlainTextResponse("too many sessions\n", 503)(scope, receive, send)

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                opened = Headers(raw=message["headers"]).get("mcp-session-id")
                if opens and opened:
                    self.seen[who][opened] = now
                elif session and (scope["method"] == "DELETE" or message["status"] == 404):
                    self.seen[who].pop(session, None)
            await send(message)

        return await self.app(scope, receive, watch)
