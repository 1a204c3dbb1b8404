import pytest
from mcp import Client

pytestmark = pytest.mark.anyio


async def test_a_text_comes_back_as_it_was(client: Client) -> None:
    arguments = {"text": '¡olé! \n\t"<&>" 🛒'}
    result = await client.call_tool("echo", arguments)
    assert not result.is_error
    assert result.structured_content == arguments
