"""Bearer tokens: who may send requests, and as whom."""

import hashlib
import hmac
from collections.abc import Sequence
from time import monotonic
from typing import Any, Self

import structlog
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.mcpserver import Context
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .errors import ConfigError
from .http.budget import Budget, too_many
from .http.peer import Network, client_of

log = structlog.stdlib.get_logger(__name__)

VARIABLE = "MCP_AUTH_TOKENS"
# A shorter token could be guessed.
MIN_LENGTH = 16

# Answers to a request without a token, and to one whose token is not known.
CHALLENGE = 'Bearer realm="mcp"'
UNKNOWN = f'{CHALLENGE}, error="invalid_token"'


def caller_of(context: Context[Any, Any] | None) -> str | None:
    """Return what the logs call the sender of a request; over stdio it is not known."""
    if context is None or (request := context.request_context.request) is None:
        return None
    return str(request.user.username)[:8]


class Tokens:
    """The tokens that let a caller in. Only their hashes are kept."""

    def __init__(self, hashes: Sequence[str]) -> None:
        self._hashes = hashes

    @classmethod
    def parse(cls, secret: SecretStr | None) -> Self:
        """Read tokens with commas between them. No message repeats any of the text."""
        if secret is None:
            raise ConfigError(f"{VARIABLE}: not set, and clients need a token")
        hashes: list[str] = []
        for number, word in enumerate(secret.get_secret_value().split(","), 1):
            token = word.strip()
            if any(not "!" <= character <= "~" for character in token):
                problem = "has characters other than visible ASCII"
            elif len(token) < MIN_LENGTH:
                problem = f"has fewer than {MIN_LENGTH} characters"
            elif _hash(token) in hashes:
                problem = "is there twice"
            else:
                hashes.append(_hash(token))
                continue
            raise ConfigError(f"{VARIABLE}: token {number} {problem}")
        return cls(hashes)

    def caller(self, headers: Headers) -> str | None:
        """Return the hash of the token in these headers, if it is the only one and known."""
        given = [_bearer(value) for value in headers.getlist("authorization")]
        if len(given) != 1 or given[0] is None:
            return None
        digest = _hash(given[0])
        # How long this takes says nothing of the tokens: all hashes are compared, and whole.
        known = [hmac.compare_digest(digest, known) for known in self._hashes]
        return digest if any(known) else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _bearer(value: str) -> str | None:
    scheme, _, token = value.partition(" ")
    return token.lstrip(" ") if scheme.lower() == "bearer" and token and token.isascii() else None


class TokenCheck:
    """Refuse a request with 401 unless its token is known, and bind sessions to their caller."""

    def __init__(
        self, app: ASGIApp, tokens: Tokens, refusals: Budget, proxies: Sequence[Network]
    ) -> None:
        self.app = app
        self.tokens = tokens
        self.refusals = refusals
        self.proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        caller = self.tokens.caller(headers)
        if caller is None:
            values = headers.getlist("authorization")
            challenge = UNKNOWN if values and _bearer(values[0]) else CHALLENGE
            log.warning("request refused: no token that is known", challenge=challenge)
            client = str(client_of(scope, self.proxies))
            if wait := self.refusals.pay(client, monotonic()):
                refusal: Response = too_many(wait)
            else:
                refusal = PlainTextResponse(
                    "a token is needed\n", 401, {"WWW-Authenticate": challenge}
                )
            await refusal(scope, receive, send)
            return
        # To the SDK a session is there only for the user who opened it.
        scope["user"] = AuthenticatedUser(AccessToken(token=caller, client_id=caller, scopes=[]))
        await self.app(scope, receive, send)
