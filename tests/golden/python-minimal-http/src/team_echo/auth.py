"""Bearer tokens: who may send requests, and as whom."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.context import ServerRequestContext
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from .errors import ConfigError
from .http.refusals import Refusals, presented

VARIABLE = "MCP_AUTH_TOKENS"
# A shorter token could be guessed.
MIN_LENGTH = 16

# Answers to a request without a token, and to one whose token is not known.
CHALLENGE = 'Bearer realm="mcp"'
UNKNOWN = f'{CHALLENGE}, error="invalid_token"'


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: the SHA-256 of its token, of which logs show the first eight digits."""

    digest: str = field(repr=False)

    @classmethod
    def with_token(cls, token: str) -> Self:
        return cls(hashlib.sha256(token.encode()).hexdigest())

    def __str__(self) -> str:
        return self.digest[:8]


def caller_of(ctx: ServerRequestContext[Any, Any]) -> Caller | None:
    """Return who sent a request; it is known only over HTTP."""
    return None if ctx.request is None else ctx.request.state.caller


class Tokens:
    """The callers that are let in."""

    def __init__(self, callers: Sequence[Caller]) -> None:
        self._callers = callers

    @classmethod
    def parse(cls, secret: SecretStr | None) -> Self:
        """Read tokens with commas between them. No message repeats any of the text."""
        if secret is None:
            raise ConfigError(f"{VARIABLE}: not set, and clients need a token")
        callers: list[Caller] = []
        for number, word in enumerate(secret.get_secret_value().split(","), 1):
            token = word.strip()
            caller = Caller.with_token(token)
            if any(not "!" <= character <= "~" for character in token):
                problem = "has characters other than visible ASCII"
            elif len(token) < MIN_LENGTH:
                problem = f"has fewer than {MIN_LENGTH} characters"
            elif caller in callers:
                problem = "is there twice"
            else:
                callers.append(caller)
                continue
            raise ConfigError(f"{VARIABLE}: token {number} {problem}")
        return cls(callers)

    def caller(self, tokens: Sequence[str]) -> Caller | None:
        """Return whose token this is, if it is the only one and known."""
        if len(tokens) != 1:
            return None
        given = Caller.with_token(tokens[0])
        # How long this takes says nothing of the tokens: all hashes are compared, and whole.
        known = [hmac.compare_digest(given.digest, known.digest) for known in self._callers]
        return given if any(known) else None


class TokenCheck:
    """Refuse a request with 401 unless its token is known, and bind sessions to their caller."""

    def __init__(self, app: ASGIApp, tokens: Tokens, refusals: Refusals) -> None:
        self.app = app
        self.tokens = tokens
        self.refusals = refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = presented(Headers(scope=scope))
        caller = self.tokens.caller(given)
        if caller is None:
            headers = {"WWW-Authenticate": UNKNOWN if given else CHALLENGE}
            answer = PlainTextResponse("a token is needed\n", 401, headers)
            why = "there is no token that is known"
            await self.refusals.answer(scope, why, answer)(scope, receive, send)
            return
        scope["state"]["caller"] = caller
        scope["user"] = _user(caller)
        await self.app(scope, receive, send)


@lru_cache
def _user(caller: Caller) -> AuthenticatedUser:
    """Return whom the SDK sees: to it a session is there only for the user who opened it."""
    token = AccessToken(token=str(caller), client_id=caller.digest, scopes=[])
    return AuthenticatedUser(token)
