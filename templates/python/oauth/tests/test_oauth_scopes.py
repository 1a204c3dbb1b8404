"""What a token allows."""

import json

import pytest
from mcp import MCPError

from . import sample
from .connecting import ISSUER, connect
from .serving import HttpProcess
from .support import ERAS, SOON, Process

LISTING = '{"jsonrpc": "2.0", "id": 2, "method": "tools/list"}'
INITIALIZED = '{"jsonrpc": "2.0", "method": "notifications/initialized"}'


def challenge(scopes: str) -> str:
    """Return the header that names every scope that is needed."""
    metadata = "https://mcp.example/.well-known/oauth-protected-resource/mcp"
    return f'Bearer error="insufficient_scope", resource_metadata="{metadata}", scope="{scopes}"'


def authorization(scope: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {ISSUER.token(scope=scope)}"}


def test_every_request_needs_the_scopes_of_all() -> None:
    with HttpProcess("--oauth-scopes", "one,two") as server:
        for scope in ("", "one", "two", "ONE TWO", "onetwo", "one,two"):
            header = authorization(scope)
            for response in (server.post(**header), server.get("/metrics", **header)):
                assert response.status == 403
                assert response.headers["WWW-Authenticate"] == challenge("one two")
        assert server.post(**authorization("three two one")).status == 200


@pytest.mark.anyio
@pytest.mark.parametrize("era", ERAS)
async def test_a_tool_needs_its_own_scopes_too(era: str) -> None:
    own = f"{sample.TOOL}=own,{sample.TOOL}=more"
    with HttpProcess("--oauth-tool-scopes", own) as server:
        for scope in ("mcp:read mcp:write", "mcp:read own"):
            token = ISSUER.token(scope=scope)
            with pytest.raises((MCPError, ExceptionGroup)):  # noqa: PT012
                async with connect(server.url, era, token=token) as client:
                    # What a client may not call it still sees, so that it can ask for more.
                    tools = (await client.list_tools()).tools
                    assert sample.TOOL in [tool.name for tool in tools]
                    await client.call_tool(sample.TOOL, sample.ARGUMENTS)
        token = ISSUER.token(scope="mcp:read own more")
        async with connect(server.url, era, token=token) as client:
            assert not (await client.call_tool(sample.TOOL, sample.ARGUMENTS)).is_error


def test_a_call_that_is_not_allowed_is_told_what_it_needs() -> None:
    params = {"name": sample.TOOL, "arguments": sample.ARGUMENTS}
    call = json.dumps({"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": params})
    with HttpProcess("--oauth-tool-scopes", f"{sample.TOOL}=own") as server:
        reader = authorization("mcp:read")
        session = {"Mcp-Session-Id": server.post(**reader).headers["Mcp-Session-Id"]}
        assert server.post(INITIALIZED, **reader, **session).status == 202
        assert server.post(LISTING, **reader, **session).status == 200
        refused = server.post(call, **reader, **session)
        assert refused.status == 403
        assert refused.headers["WWW-Authenticate"] == challenge("mcp:read own")

        # The same session, with a token that allows more.
        assert server.post(call, **authorization("mcp:read own"), **session).status == 200

        # A message that two parsers may read in two ways is judged by what the server makes of it.
        twice = call.replace('"method":', '"method": "tools/list", "method":', 1)
        response = server.post(twice, **reader, **session)
        assert response.status == 403 or b"the token must have the scopes" in response.read()


def test_a_tool_that_is_not_there_is_named() -> None:
    settings = {
        "MCP_TRANSPORT": "http",
        "MCP_PORT": "0",
        "MCP_OAUTH_ISSUER": "https://issuer.example",
        "MCP_OAUTH_RESOURCE": "https://mcp.example/mcp",
    }
    with Process("--oauth-tool-scopes", "no-such-tool=one", **settings) as process:
        assert process.process.wait(SOON) == 2
        process.reader.join(SOON)
        assert "no-such-tool" in process.words
