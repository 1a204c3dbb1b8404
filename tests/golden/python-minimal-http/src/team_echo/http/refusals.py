"""Answers to those who are not let in."""

from collections.abc import Sequence
from time import monotonic

import structlog
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from .budget import Budget, too_many
from .peer import Network, client_of

log = structlog.stdlib.get_logger(__name__)


class Refusals:
    """Counts refusals by address.

    A token that is good is let in from anywhere, however many bad ones came from there: otherwise
    one client behind a proxy could lock out the others.
    """

    def __init__(self, per_minute: int, proxies: Sequence[Network]) -> None:
        self._budget = Budget(per_minute)
        self._proxies = proxies

    def answer(self, scope: Scope, why: str, answer: Response) -> Response:
        """Return `answer`, told in the log, or 429 for a client that has had too many."""
        client = str(client_of(scope, self._proxies))
        if wait := self._budget.pay(client, monotonic()):
            return too_many(wait)
        log.warning("request refused", client=client, why=why)
        return answer


def presented(headers: Headers) -> list[str]:
    """Return the token of a request, or something for each of several `Authorization` headers.

    Which of several counts would be a guess. Without a bearer token in the first there is none.
    """
    values = headers.getlist("authorization")
    first = _token(values[0]) if values else None
    return [] if first is None else [first, *values[1:]]


def _token(value: str) -> str | None:
    scheme, space, token = value.partition(" ")
    bearer = scheme.lower() == "bearer" and space and value.isascii()
    return token.lstrip(" ") if bearer else None
