import pytest
from mcp import Client

from team_echo.tools.echo import (
    MAX_CHARACTERS,
)

from .support import failure

pytestmark = pytest.mark.anyio


async def test_a_text_comes_back_as_it_was(client: Client) -> None:
    arguments = {"text": '¡olé! \n\t"<&>" 🛒'}
    result = await client.call_tool("echo", arguments)
    assert not result.is_error
    assert result.structured_content == arguments


@pytest.mark.parametrize(
    ("arguments", "explanation"),
    [
        ({}, "missing field `text`"),
        ({"text": 1}, "invalid argument `text`"),
        ({"text": "", "x": 1}, "`x`"),
        ({"text": "x" * (MAX_CHARACTERS + 1)}, "the limit is 10000"),
    ],
)
async def test_a_mistake_of_the_model_is_explained_to_it(
    client: Client, arguments: dict[str, object], explanation: str
) -> None:
    assert explanation in failure(await client.call_tool("echo", arguments))
