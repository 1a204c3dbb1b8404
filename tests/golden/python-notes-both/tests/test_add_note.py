import pytest
from mcp import Client

from my_server.notes import MAX_CONTENT_BYTES

from .support import failure

pytestmark = pytest.mark.anyio


async def test_a_note_is_added_then_replaced(client: Client) -> None:
    note = {"name": "to do", "content": "rest"}
    added = await client.call_tool("add-note", note)
    assert added.structured_content == {"uri": "note://internal/to%20do", "replaced": False}
    again = await client.call_tool("add-note", note)
    assert again.structured_content == {"uri": "note://internal/to%20do", "replaced": True}


@pytest.mark.parametrize(
    ("arguments", "explanation"),
    [
        ({"name": "a"}, "missing field `content`"),
        ({"name": 1, "content": ""}, "invalid argument `name`"),
        ({"name": "a", "content": "", "x": 1}, "`x`"),
        ({"name": " ", "content": ""}, "`name` must not be blank"),
        ({"name": "a", "content": "x" * (MAX_CONTENT_BYTES + 1)}, "the limit is 16384"),
    ],
)
async def test_a_mistake_of_the_model_is_explained_to_it(
    client: Client, arguments: dict[str, object], explanation: str
) -> None:
    assert explanation in failure(await client.call_tool("add-note", arguments))
