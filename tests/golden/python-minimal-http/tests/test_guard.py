import pytest
from starlette.datastructures import Headers
from starlette.responses import Response

from team_echo.http.guard import (
    AllowedHost,
    AllowedOrigin,
    Guard,
)


def objection(guard: Guard, *headers: tuple[str, str]) -> str | None:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return guard.objection(Headers(raw=raw))


def test_only_allowed_hosts_get_in() -> None:
    hosts = AllowedHost.parse_all("localhost,[::1],mcp.example.com:8443")
    guard = Guard(Response(), hosts, [])
    for host in ("localhost", "LOCALHOST:9", "[::1]:8000", "mcp.example.com:8443"):
        assert objection(guard, ("host", host)) is None, host
    for host in ("mcp.example.com", "localhost.evil.example", "", "localhost@evil", "localhost:x"):
        assert objection(guard, ("host", host)) == "Host", host
    assert objection(guard, ("host", "localhost"), ("host", "evil.example")) == "Host"
    assert objection(guard) == "Host"


def test_only_allowed_origins_get_in() -> None:
    hosts = AllowedHost.parse_all("localhost")
    origins = AllowedOrigin.parse_all("http://localhost:*,https://app.example.com")
    guard = Guard(Response(), hosts, origins)
    for origin in (
        "http://localhost",
        "http://localhost:3000",
        "https://app.example.com:443",
    ):
        assert objection(guard, ("host", "localhost"), ("origin", origin)) is None, origin
    for origin in (
        "null",
        "",
        "https://localhost:3000",
        "http://app.example.com",
        "https://app.example.com:444",
        "https://app.example.com.evil.example",
        "https://app.example.com@evil.example",
    ):
        assert objection(guard, ("host", "localhost"), ("origin", origin)) == "Origin", origin


@pytest.mark.parametrize(
    "text", ["", "*", "https://a.example", "a.example/x", "::1", "a.example:port"]
)
def test_a_host_that_could_never_match_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a host"):
        AllowedHost.parse(text)


@pytest.mark.parametrize(
    "text", ["", "*", "localhost", "https://a.example/x", "https://*.example", "null"]
)
def test_an_origin_that_could_never_match_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected an origin"):
        AllowedOrigin.parse(text)
