"""What clients of both eras see of the server as a whole."""

import pytest
from mcp import Client, MCPError
from mcp.types import INVALID_PARAMS

from team_echo.server import (
    RESOURCE_NOT_FOUND,
)

pytestmark = pytest.mark.anyio


async def test_what_a_model_sees_is_described(client: Client) -> None:
    for tool in (await client.list_tools()).tools:
        assert tool.description, tool.name
        assert tool.annotations, tool.name


async def test_what_does_not_exist_is_an_error(client: Client) -> None:
    with pytest.raises(MCPError) as tool:
        await client.call_tool("unknown", {})
    assert tool.value.code == INVALID_PARAMS
    with pytest.raises(MCPError) as prompt:
        await client.get_prompt("unknown")
    assert prompt.value.code == INVALID_PARAMS
    with pytest.raises(MCPError) as resource:
        await client.read_resource("unknown://x")
    legacy = client.protocol_version < "2026"
    assert resource.value.code == (RESOURCE_NOT_FOUND if legacy else INVALID_PARAMS)
