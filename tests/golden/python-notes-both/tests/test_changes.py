"""Changes, which clients of the two eras hear of in two ways."""

import anyio
import pytest
from mcp import Client
from mcp.types import SubscriptionFilter

from my_server.server import Server

from .listening import Listener
from .support import SOON

pytestmark = pytest.mark.anyio


async def add(client: Client, name: str) -> None:
    await client.call_tool("add-note", {"name": name, "content": ""})


async def test_a_current_client_hears_of_a_new_note_on_its_stream(server: Server) -> None:
    async with (
        Client(server, mode="2026-07-28") as client,
        client.listen(resources_list_changed=True, tools_list_changed=True) as stream,
    ):
        # The tools never change, and the answer says so.
        assert stream.honored == SubscriptionFilter(resources_list_changed=True)
        await add(client, "news")
        with anyio.fail_after(SOON):
            await anext(aiter(stream))


async def test_an_older_client_hears_of_a_new_note_in_its_session(server: Server) -> None:
    listener = Listener()
    async with Client(server, mode="legacy", message_handler=listener) as client:
        await add(client, "news")
        await listener.heard()


async def test_only_a_new_name_is_a_change(server: Server) -> None:
    listener = Listener()
    async with Client(server, mode="legacy", message_handler=listener) as client:
        await add(client, "a")
        await listener.heard()
        await add(client, "a")
        await add(client, "b")
        await listener.heard()
    assert listener.count == 2
