"""Changes, which clients of the two eras hear of in two ways."""

import anyio
import pytest
from mcp import Client
from mcp.types import (
    InitializedNotification,
    InitializeRequest,
    InitializeResult,
    SubscriptionFilter,
)

from my_server.server import Server

from .listening import Listener
from .support import INITIALIZE, SOON

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


async def test_a_session_that_is_opened_again_and_again_hears_once_of_a_change(
    server: Server,
) -> None:
    listener = Listener()
    async with Client(server, mode="legacy", message_handler=listener) as client:
        for _ in range(5):
            opening = InitializeRequest.model_validate(INITIALIZE)
            await client.session.send_request(opening, InitializeResult)
            await client.session.send_notification(InitializedNotification())
        await add(client, "first")
        await listener.heard()
        await add(client, "second")
        await listener.heard()
        await client.list_tools()
        assert listener.count == 2
        # Nor is more kept of it: the SDK shows it nowhere else.
        assert len(server.app.changes.bus._listeners) == 1  # noqa: SLF001


async def test_only_a_new_name_is_a_change(server: Server) -> None:
    listener = Listener()
    async with Client(server, mode="legacy", message_handler=listener) as client:
        await add(client, "a")
        await listener.heard()
        await add(client, "a")
        await add(client, "b")
        await listener.heard()
    assert listener.count == 2
