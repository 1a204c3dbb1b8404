import pytest
from mcp import Client, MCPError
from mcp.types import ResourceTemplateReference, TextResourceContents

from my_server.state import State

pytestmark = pytest.mark.anyio

TEMPLATE = "note://internal/{name}"


async def test_a_note_is_read_by_its_percent_encoded_name(client: Client, state: State) -> None:
    state.notes.add("../café", "closed")
    (content,) = (await client.read_resource("note://internal/..%2Fcaf%C3%A9")).contents
    assert isinstance(content, TextResourceContents)
    assert (content.text, content.mime_type) == ("closed", "text/plain")


async def test_a_note_that_does_not_exist_is_not_found(client: Client) -> None:
    with pytest.raises(MCPError, match="`nothing` was not found"):
        await client.read_resource("note://internal/nothing")


async def test_names_are_completed(client: Client, state: State) -> None:
    for name in ["ideas", "Idle", "other"]:
        state.notes.add(name, "")
    result = await client.complete(ResourceTemplateReference(uri=TEMPLATE), {"name": "name", "value": "id"})
    assert result.completion.values == ["Idle", "ideas"]
