"""Progress and cancellation over HTTP."""

import json

import pytest

from .connecting import connect
from .serving import HttpProcess
from .slow import ENDLESS, ONE_CONNECTION, running, wait_until_free
from .support import ERAS, SOON

pytestmark = pytest.mark.anyio

MODERN = {
    "MCP-Protocol-Version": ERAS[-1],
    "Mcp-Method": "tools/call",
    "Mcp-Name": "run_query",
}


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_hears_of_progress_and_cancels(era: str) -> None:
    with HttpProcess(**ONE_CONNECTION) as process:
        async with connect(process.url, era, read_timeout_seconds=SOON) as client:
            async with running(client, reports=2):
                pass
            await wait_until_free(client)


async def test_a_client_that_goes_away_has_cancelled() -> None:
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {
            "name": "run_query",
            "arguments": {"sql": ENDLESS},
            "_meta": {
                "progressToken": 1,
                "io.modelcontextprotocol/protocolVersion": ERAS[-1],
                "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    }
    with HttpProcess(**ONE_CONNECTION) as process:
        response = process.post(json.dumps(call), **MODERN)
        while "notifications/progress" not in (line := response.readline().decode()):
            assert line, "the answer has ended"
        response.close()
        async with connect(process.url, ERAS[-1], read_timeout_seconds=SOON) as client:
            await wait_until_free(client)
