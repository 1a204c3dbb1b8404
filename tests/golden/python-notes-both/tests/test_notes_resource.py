import pytest
from mcp import Client, MCPError
from mcp.types import INVALID_PARAMS, ListResourcesResult, Resource, TextResourceContents

from my_server.resources.notes import uri
from my_server.server import (
    PAGE_SIZE,
    RESOURCE_NOT_FOUND,
)

pytestmark = pytest.mark.anyio


def _notes(listed: ListResourcesResult) -> list[Resource]:
    return [it for it in listed.resources if it.uri.startswith("note://")]


@pytest.mark.parametrize("name", ["groceries", "a/b?c=d#e", "100 %", "買い物 🛒", "..", "ÅÉ"])
async def test_a_note_of_any_name_is_listed_and_read(client: Client, name: str) -> None:
    await client.call_tool("add-note", {"name": name, "content": "text"})
    (resource,) = _notes(await client.list_resources())
    assert resource.name == name
    (content,) = (await client.read_resource(resource.uri)).contents
    assert isinstance(content, TextResourceContents)
    assert (content.text, content.uri) == ("text", resource.uri)


async def test_a_replaced_note_is_read_anew(client: Client) -> None:
    for content in ("old", "new"):
        await client.call_tool("add-note", {"name": "a", "content": content})
    (read,) = (await client.read_resource(uri("a"))).contents
    assert isinstance(read, TextResourceContents)
    assert read.text == "new"


async def test_a_long_list_comes_in_pages(client: Client) -> None:
    for number in range(PAGE_SIZE + 1):
        await client.call_tool("add-note", {"name": f"note {number}", "content": ""})
    first = await client.list_resources()
    assert len(first.resources) == PAGE_SIZE
    rest = await client.list_resources(cursor=first.next_cursor)
    assert len(_notes(first) + _notes(rest)) == PAGE_SIZE + 1
    assert rest.next_cursor is None


async def test_an_unknown_note_is_the_error_of_each_revision(client: Client) -> None:
    with pytest.raises(MCPError, match="note `none` was not found") as error:
        await client.read_resource(uri("none"))
    legacy = client.protocol_version < "2026"
    assert error.value.code == (RESOURCE_NOT_FOUND if legacy else INVALID_PARAMS)
    assert error.value.data == {"uri": uri("none")}


async def test_a_uri_that_is_no_text_is_refused(client: Client) -> None:
    with pytest.raises(MCPError, match="is not percent-encoded UTF-8") as error:
        await client.read_resource("note://internal/%ff")
    assert error.value.code == INVALID_PARAMS
