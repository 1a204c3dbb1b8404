"""Changes over HTTP, between clients of both eras."""

import sys

import anyio
import pytest
from mcp import Client

from .connecting import connect
from .listening import Listener
from .serving import HttpProcess
from .support import SOON

pytestmark = pytest.mark.anyio


async def add(client: Client, name: str) -> None:
    result = await client.call_tool("add-note", {"name": name, "content": ""})
    assert not result.is_error


async def test_every_session_of_older_clients_hears_of_every_change() -> None:
    first, second, late = Listener(), Listener(), Listener()
    with HttpProcess() as server:
        async with (
            connect(server.url, "2026-07-28") as other,
            connect(server.url, "legacy", message_handler=second) as staying,
        ):
            # After this answer the server knows that the client is ready.
            await staying.list_tools()
            async with connect(server.url, "legacy", message_handler=first) as leaving:
                await leaving.list_tools()
                await add(other, "groceries")
                await first.heard()
                await second.heard()
            async with connect(server.url, "legacy", message_handler=late) as client:
                await client.list_tools()
                await add(other, "ideas")
                await second.heard()
                await late.heard()


async def test_a_change_reaches_the_other_clients_of_both_eras() -> None:
    listener = Listener()
    with HttpProcess() as server:
        async with (
            connect(server.url, "legacy", message_handler=listener),
            connect(server.url, "2026-07-28") as current,
            current.listen(resources_list_changed=True) as stream,
            connect(server.url, "2026-07-28") as other,
        ):
            await add(other, "groceries")
            with anyio.fail_after(SOON):
                await anext(aiter(stream))
            await listener.heard()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
async def test_a_request_to_stop_ends_a_stream_with_its_result() -> None:
    with HttpProcess() as server:
        async with (
            connect(server.url, "2026-07-28") as client,
            client.listen(resources_list_changed=True) as stream,
        ):
            server.process.terminate()
            # A stream that is merely cut raises `SubscriptionLost`.
            assert [event async for event in stream] == []
        assert server.process.wait(SOON) == 0
