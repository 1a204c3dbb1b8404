"""Which `Host` and `Origin` headers are let in.

`Host` stops DNS rebinding, `Origin` stops foreign web pages; clients other than browsers send none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import structlog
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

log = structlog.stdlib.get_logger(__name__)

_HOST = r"(?P<name>\[[0-9A-Fa-f:.]+\]|[\w.~-]+)(:(?P<port>[0-9]{1,5}))?"
HOST = re.compile(_HOST, re.ASCII)
ORIGIN = re.compile(
    rf"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>{_HOST})/?", re.ASCII | re.IGNORECASE
)
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class AllowedHost:
    """A host with its port, or with any port."""

    name: str
    port: int | None

    @classmethod
    def parse_all(cls, text: str) -> tuple[Self, ...]:
        """Read hosts with commas between them."""
        return tuple(cls.parse(word.strip()) for word in text.split(","))

    @classmethod
    @lru_cache(maxsize=64)
    def parse(cls, text: str) -> Self:
        found = HOST.fullmatch(text)
        if found is None:
            raise ValueError("expected a host such as `mcp.example.com` or `[::1]:8000`")
        port = found["port"]
        return cls(found["name"].lower(), None if port is None else int(port))

    def matches(self, header: str) -> bool:
        try:
            host = AllowedHost.parse(header)
        except ValueError:
            return False
        return host.name == self.name and self.port in (None, host.port)


@dataclass(frozen=True, slots=True)
class AllowedOrigin:
    """An origin with its port, or with any port."""

    scheme: str
    host: AllowedHost
    any_port: bool

    @classmethod
    def parse_all(cls, text: str) -> tuple[Self, ...]:
        """Read origins with commas between them."""
        return tuple(cls.parse(word.strip()) for word in text.split(","))

    @classmethod
    @lru_cache(maxsize=64)
    def parse(cls, text: str) -> Self:
        origin = text.removesuffix(":*")
        found = ORIGIN.fullmatch(origin)
        if found is None:
            raise ValueError(
                "expected an origin such as `https://app.example.com` or `http://localhost:*`"
            )
        scheme = found["scheme"].lower()
        host = AllowedHost.parse(found["host"])
        port = host.port or DEFAULT_PORTS.get(scheme)
        return cls(scheme, AllowedHost(host.name, port), any_port=origin != text)

    def matches(self, header: str) -> bool:
        try:
            origin = AllowedOrigin.parse(header)
        except ValueError:
            return False
        return (
            origin.scheme == self.scheme
            and origin.host.name == self.host.name
            and (self.any_port or origin.host.port == self.host.port)
        )


class Guard:
    """Refuse a request with 403 unless both headers are allowed."""

    def __init__(
        self, app: ASGIApp, hosts: Sequence[AllowedHost], origins: Sequence[AllowedOrigin]
    ) -> None:
        self.app = app
        self.hosts = hosts
        self.origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if header := self.objection(Headers(scope=scope)):
            log.warning("request refused: the header is not allowed", header=header)
            refusal = PlainTextResponse(f"the {header} header is not allowed\n", 403)
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def objection(self, headers: Headers) -> str | None:
        """Return the header that is not allowed."""
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or not any(allowed.matches(hosts[0]) for allowed in self.hosts):
            return "Host"
        if len(origins) > 1 or not all(
            any(allowed.matches(origin) for allowed in self.origins) for origin in origins
        ):
            return "Origin"
        return None
