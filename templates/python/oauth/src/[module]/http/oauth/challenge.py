"""Answers that tell a client how to get a token that will do (RFC 6750, RFC 9728)."""

from starlette.responses import PlainTextResponse, Response

from .keys import PAUSE
from .settings import Resource, Scopes
from .tokens import InvalidTokenError, TokenError, UnverifiableTokenError


class Challenge:
    def __init__(self, resource: Resource, base: Scopes) -> None:
        self._metadata_url = resource.metadata_url
        self._base = base

    def refusal(self, error: TokenError) -> Response:
        """Answer a request without a token that is good."""
        if isinstance(error, UnverifiableTokenError):
            headers = {"Retry-After": str(PAUSE)}
            return PlainTextResponse(f"{error}\n", 503, headers)
        said = []
        if isinstance(error, InvalidTokenError):
            said = ['error="invalid_token"', f'error_description="{error}"']
        return self._answer(401, "a token is needed\n", said, self._base)

    def insufficient_scope(self, needed: Scopes) -> Response:
        """Answer a request whose token is good for less: with all the scopes that it needs."""
        said = ['error="insufficient_scope"']
        return self._answer(403, "the token lacks a scope\n", said, needed)

    def _answer(self, status: int, text: str, said: list[str], scopes: Scopes) -> Response:
        told = [*said, f'resource_metadata="{self._metadata_url}"']
        if scopes:
            told.append(f'scope="{" ".join(sorted(scopes))}"')
        return PlainTextResponse(text, status, {"WWW-Authenticate": f"Bearer {', '.join(told)}"})
