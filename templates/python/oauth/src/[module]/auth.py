"""Who sent a request, as the authorization server names them."""

from dataclasses import dataclass
from typing import Any

from mcp.server.context import ServerRequestContext

# How much of a name a log line shows.
SHOWN = 64


@dataclass(frozen=True, slots=True)
class Caller:
    """A subject is only known at its issuer, and acts through a client, if the token says so."""

    issuer: str
    subject: str
    client: str | None

    def __str__(self) -> str:
        """Return one word each, so that no name can pass for another part of a log line."""
        names = [self.subject, self.issuer, self.client]
        return " ".join(_word(name) for name in names if name is not None)


def caller_of(ctx: ServerRequestContext[Any, Any]) -> Caller | None:
    """Return who sent a request; it is known only over HTTP."""
    return None if ctx.request is None else ctx.request.state.caller


def _word(text: str) -> str:
    # `ascii` leaves spaces as they are.
    shown = ascii(text[:SHOWN])[1:-1].replace(" ", r"\x20")
    return shown + ("..." if len(text) > SHOWN else "")
