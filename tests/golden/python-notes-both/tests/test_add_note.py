import anyio
import pytest
from mcp import Client
from mcp.client.session import IncomingMessage
from mcp.types import ResourceListChangedNotification, TextContent

from my_server.notes import MAX_NOTES
from my_server.server import create_server
from my_server.state import State

pytestmark = pytest.mark.anyio


async def test_a_note_is_stored_listed_and_replaced(client: Client, state: State) -> None:
    for content, replaced in [("milk", False), ("bread", True)]:
        result = await client.call_tool("add-note", {"name": "to do", "content": content})
        assert result.structured_content == {"uri": "note://internal/to%20do", "replaced": replaced}
    assert state.notes.all() == [("to do", "bread")]
    uris = [it.uri for it in (await client.list_resources()).resources]
    assert uris.count("note://internal/to%20do") == 1


@pytest.mark.parametrize(("name", "problem"), [(" ", "must not be blank"), ("x" * 201, "at most 200 characters")])
async def test_a_mistake_of_the_model_is_explained_to_it(client: Client, name: str, problem: str) -> None:
    result = await client.call_tool("add-note", {"name": name, "content": ""})
    assert result.is_error
    assert isinstance(result.content[0], TextContent)
    assert problem in result.content[0].text


async def test_there_is_a_limit(client: Client, state: State) -> None:
    for number in range(MAX_NOTES):
        state.notes.add(str(number), "")
    assert (await client.call_tool("add-note", {"name": "one more", "content": ""})).is_error
    assert not (await client.call_tool("add-note", {"name": "0", "content": ""})).is_error


async def test_older_clients_learn_of_a_new_note(state: State) -> None:
    changed = anyio.Event()

    async def receive(message: IncomingMessage) -> None:
        if isinstance(message, ResourceListChangedNotification):
            changed.set()

    async with Client(create_server(state), mode="legacy", message_handler=receive) as client:
        await client.call_tool("add-note", {"name": "news", "content": ""})
        with anyio.fail_after(10):
            await changed.wait()


async def test_current_clients_learn_of_a_new_note(state: State) -> None:
    async with (
        Client(create_server(state), mode="2026-07-28") as client,
        client.listen(resources_list_changed=True) as it,
    ):
        await client.call_tool("add-note", {"name": "news", "content": ""})
        with anyio.fail_after(10):
            await anext(aiter(it))
