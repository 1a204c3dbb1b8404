"""Tokens over HTTP: who gets in, as whom, and what nobody gets to see."""

import json
import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr

from team_echo.auth import Tokens
from team_echo.errors import ConfigError

from . import sample
from .connecting import OTHER_TOKEN, TOKEN, connect
from .serving import SETTINGS, HttpProcess
from .support import COMMAND, ERAS, SOON, Process, environment, refusal

# What the logs call them: `printf %s TOKEN | sha256sum | cut -c1-8`.
CALLERS = {TOKEN: "fb9f16c7", OTHER_TOKEN: "e4007136"}

CHALLENGE = 'Bearer realm="mcp"'
UNKNOWN = 'Bearer realm="mcp", error="invalid_token"'


@pytest.mark.anyio
async def test_each_token_opens_in_both_eras_and_no_log_shows_it() -> None:
    with HttpProcess("--log", "trace") as server:
        for token in CALLERS:
            for era in ERAS:
                async with connect(server.url, era, token=token) as client:
                    assert not (await client.call_tool(sample.TOOL, sample.ARGUMENTS)).is_error
        assert server.get("/metrics", Authorization="Bearer token-of-the-tests-3").status == 401
        server.logged("request refused")
        log = [json.dumps(event) for event in server.log]
    for caller in CALLERS.values():
        calls = [line for line in log if "tool called" in line and caller in line]
        assert len(calls) == 2
    assert not [line for line in log if "token-of-the-tests" in line]


def test_everybody_else_is_refused() -> None:
    no_token = [
        "",
        "Bearer",
        "Bearer:",
        "Basic dG9rZW4tb2YtdGhlLXRlc3RzLTE=",
        TOKEN,
        f"Token {TOKEN}",
        f"Bearer{TOKEN}",
        f"Bearer\t{TOKEN}",
        "Bearer token-of-the-tests-\u00e9",
    ]
    unknown = [
        "Bearer token-of-the-tests-3",
        "Bearer token-of-the-tests-",
        f"Bearer {TOKEN}1",
        f"Bearer {TOKEN[1:]}",
        f"Bearer {TOKEN.upper()}",
        f"Bearer {TOKEN} x",
        f"Bearer {TOKEN},",
        f"Bearer {TOKEN},{OTHER_TOKEN}",
        f'Bearer "{TOKEN}"',
        f"Bearer Bearer {TOKEN}",
        "Bearer null",
    ]
    with HttpProcess() as server:
        for values, challenge in ((no_token, CHALLENGE), (unknown, UNKNOWN)):
            for value in values:
                for response in (
                    server.post(Authorization=value),
                    server.get("/mcp", Authorization=value),
                    server.get("/metrics", Authorization=value),
                ):
                    assert response.status == 401, value
                    assert response.headers["WWW-Authenticate"] == challenge, value
        # The name of the scheme has no case, and more than one space may follow it.
        assert server.get("/metrics", Authorization=f"BEARER  {TOKEN}").status == 200
        assert server.get("/healthz", Authorization="").status == 200
        # What is not there is not there for anybody, and so it is known that there is no OAuth.
        metadata = "/.well-known/oauth-protected-resource"
        assert server.get(metadata, Authorization="").status == 404
        # A page of another site does not even get to try tokens.
        assert server.get("/metrics", Origin="http://evil.example").status == 403


def test_a_session_is_not_there_for_another_token() -> None:
    listing = '{"jsonrpc": "2.0", "id": 2, "method": "tools/list"}'
    with HttpProcess() as server:
        session = {"Mcp-Session-Id": server.post().headers["Mcp-Session-Id"]}
        other = {"Authorization": f"Bearer {OTHER_TOKEN}"}
        unknown = server.post(listing, **other, **{"Mcp-Session-Id": "0" * 32})
        taken = server.post(listing, **other, **session)
        assert (taken.status, taken.read()) == (404, unknown.read())
        assert server.get("/mcp", **other, **session).status == 404
        initialized = '{"jsonrpc": "2.0", "method": "notifications/initialized"}'
        assert server.post(initialized, **session).status == 202
        assert server.post(listing, **session).status == 200


def test_a_token_that_asks_too_often_must_wait() -> None:
    with HttpProcess("--rate-limit-per-minute", "2") as server:
        assert [server.post().status for _ in range(2)] == [200, 200]
        refused = server.post()
        assert refused.status == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 31
        assert server.post(Authorization=f"Bearer {OTHER_TOKEN}").status == 200
    assert "MCP_RATE_LIMIT_PER_MINUTE" in refusal("--rate-limit-per-minute", "-1")


@pytest.mark.parametrize(
    ("tokens", "problem"),
    [
        ("", "token 1 has fewer"),
        ("fifteen-letters", "token 1 has fewer"),
        (f"{TOKEN},{OTHER_TOKEN},", "token 3 has fewer"),
        ("token-of the-tests-1", "token 1 has characters"),
        ("token-of-the-\tests-1", "token 1 has characters"),
        (f"{TOKEN},{TOKEN}", "token 2 is there twice"),
    ],
)
def test_tokens_that_are_no_secret_are_refused(tokens: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=f"MCP_AUTH_TOKENS: {problem}") as error:
        Tokens.parse(SecretStr(tokens))
    assert "of-the" not in str(error.value)


def test_tokens_may_stand_in_a_file_and_not_in_a_flag(tmp_path: Path) -> None:
    assert "MCP_AUTH_TOKENS" in refusal(MCP_TRANSPORT="http")
    path = tmp_path / "tokens.env"
    path.write_text("MCP_AUTH_TOKENS=short-secret\n")
    ended = subprocess.run(
        [*COMMAND, "--env-file", str(path)],
        env=environment(MCP_TRANSPORT="http"),
        capture_output=True,
        encoding="utf-8",
        timeout=SOON,
        check=False,
    )
    assert ended.returncode == 2
    assert "MCP_AUTH_TOKENS" in ended.stderr
    assert "secret" not in ended.stderr

    message = refusal("--auth-tokens", TOKEN)
    assert "--auth-tokens" in message


def test_other_machines_may_be_let_in() -> None:
    # An address that no machine has: getting as far as that is being allowed to.
    with Process("--host", "192.0.2.1", **SETTINGS) as allowed:
        assert allowed.process.wait(SOON) == 1
        error = allowed.logged("the server stopped with an error")
        assert "cannot listen on 192.0.2.1" in str(error)
