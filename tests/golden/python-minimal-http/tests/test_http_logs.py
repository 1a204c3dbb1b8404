"""What the log tells of requests over HTTP, and what it must not."""

import json
from typing import Any

import pytest
from mcp import MCPError

from . import sample
from .connecting import connect
from .serving import HttpProcess
from .support import ERAS

CURRENT = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"}


def listing(number: object) -> str:
    """A request of the current revision."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    request = {"jsonrpc": "2.0", "id": number, "method": "tools/list", "params": {"_meta": meta}}
    return json.dumps(request)


@pytest.mark.anyio
@pytest.mark.parametrize("era", ERAS)
async def test_each_call_is_one_line_that_says_what_and_how(era: str) -> None:
    with HttpProcess() as server:
        async with connect(server.url, era) as client:
            await client.call_tool(sample.TOOL, sample.ARGUMENTS)
            event = server.logged("tool called")
            assert (event["level"], event["method"]) == ("INFO", "tools/call")
            assert (event["tool"], event["outcome"]) == (sample.TOOL, "ok")
            assert event["id"] is not None
            assert event["duration_us"] > 0
            assert event["request_id"]

            await client.call_tool(sample.TOOL, {})
            assert server.logged("tool called")["outcome"] == "error"

            with pytest.raises(MCPError):
                await client.call_tool("no-such-tool", {})
            event = server.logged("tool called")
            assert (event["unknown"], event["code"]) == ("no-such-tool", -32602)
            assert "tool" not in event


def test_the_id_of_a_request_is_in_its_response_and_in_the_log() -> None:
    forged = "1\n ERROR forged \x1b[31m"
    with HttpProcess() as server:
        response = server.post(listing(forged), **CURRENT, **{"X-Request-Id": "id-of-a-proxy"})
        assert response.status == 200, response.read()
        assert response.headers["X-Request-Id"] == "id-of-a-proxy"
        event = server.logged("tools listed")
        assert (event["request_id"], event["id"]) == ("id-of-a-proxy", forged)

        ids = [server.post(**{"X-Request-Id": bad}) for bad in ('a "b"', "", "a" * 65)]
        given = [response.headers["X-Request-Id"] for response in ids]
        assert len(set(given)) == 3
        assert not [number for number in given if len(number) > 64 or '"' in number]


@pytest.mark.anyio
@pytest.mark.parametrize("era", ERAS)
async def test_arguments_are_not_told_at_any_level(era: str) -> None:
    told: list[dict[str, Any]] = []
    with HttpProcess("--log", "trace") as server:
        async with connect(server.url, era) as client:
            await client.call_tool(sample.TOOL, sample.ARGUMENTS)
        server.logged("tool called")
        told += server.log
    for argument in sample.ARGUMENTS.values():
        assert not [event for event in told if str(argument) in json.dumps(event)]
