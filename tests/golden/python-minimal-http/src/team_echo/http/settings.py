"""Settings of the HTTP transport."""

from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    IPvAnyAddress,
    NonNegativeInt,
    PositiveInt,
    SecretStr,
)
from pydantic_settings import NoDecode

from .guard import AllowedHost, AllowedOrigin
from .peer import Network, parse_networks
from ..auth import Tokens
from ..errors import ConfigError

Port = Annotated[int, Field(ge=0, lt=2**16)]
Hosts = Annotated[tuple[AllowedHost, ...], NoDecode, BeforeValidator(AllowedHost.parse_all)]
Origins = Annotated[tuple[AllowedOrigin, ...], NoDecode, BeforeValidator(AllowedOrigin.parse_all)]
Networks = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(parse_networks)]


def _resolved(address: object) -> object:
    return "127.0.0.1" if address == "localhost" else address


class HttpSettings(BaseModel):
    host: Annotated[IPvAnyAddress, BeforeValidator(_resolved)] = Field(
        "127.0.0.1", description="Address to listen on", validate_default=True
    )
    port: Port = Field(8000, description="Port to listen on; 0 takes a free one")
    allowed_hosts: Hosts = Field(
        "localhost,127.0.0.1,[::1]",
        description="Names that clients may reach this server by, with commas: "
        "`name` or `name:port`",
        validate_default=True,
    )
    allowed_origins: Origins = Field(
        "http://localhost:*,http://127.0.0.1:*,http://[::1]:*",
        description="Origins of web pages that are not refused, with commas: "
        "`https://name`, with `:*` for any port",
        validate_default=True,
    )
    metrics_port: Port | None = Field(None, description="Serve `/metrics` on a port of its own")
    max_body_bytes: PositiveInt = Field(1048576, description="Largest request body")
    max_concurrent_requests: PositiveInt = Field(
        512, description="Requests and open streams at the same time; more are answered with 503"
    )
    max_connections: PositiveInt = Field(
        768, description="Connections at the same time; more are closed with 503"
    )
    header_timeout_seconds: PositiveInt = Field(
        60,
        description="How long a connection may be without a request, "
        "or take for the headers of one",
    )
    max_sessions: PositiveInt = Field(
        1000,
        description="Sessions of clients that speak 2025-11-25 or older; "
        "more are answered with 503",
    )
    session_idle_seconds: PositiveInt = Field(
        1800, description="How long such a session may be idle before it is closed"
    )
    shutdown_delay_seconds: NonNegativeInt = Field(
        0,
        description="How long to serve on after a request to shut down, "
        "while `/readyz` sends load balancers away",
    )
    shutdown_grace_seconds: NonNegativeInt = Field(
        10, description="How long open requests may go on after a request to shut down"
    )
    trusted_proxies: Networks = Field(
        "",
        description="Proxies whose `X-Forwarded-For` is believed, with commas: "
        "addresses or networks",
        validate_default=True,
    )
    rate_limit_per_minute: NonNegativeInt = Field(
        600,
        description="Requests that one token may send in a minute; "
        "more are answered with 429; 0 for any number",
    )
    auth_tokens: SecretStr | None = Field(None, description="Tokens that clients need")

    def check_http(self) -> None:
        """Check what one value cannot know of another."""
        if self.port and self.metrics_port == self.port:
            raise ConfigError(
                f"MCP_METRICS_PORT (--metrics-port) and MCP_PORT (--port) are both {self.port}"
            )
        Tokens.parse(self.auth_tokens)
