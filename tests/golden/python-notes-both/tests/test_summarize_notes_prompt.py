import pytest
from mcp import Client
from mcp.types import PromptReference, TextContent

from my_server.prompts.summarize_notes import MAX_TEXT
from my_server.state import State

pytestmark = pytest.mark.anyio


async def prompt(client: Client, **arguments: str) -> str:
    (message,) = (await client.get_prompt("summarize-notes", arguments)).messages
    assert isinstance(message.content, TextContent)
    return message.content.text


async def test_all_notes_are_in_the_prompt(client: Client, state: State) -> None:
    assert "no notes yet" in await prompt(client)
    state.notes.add("a", "milk")
    assert await prompt(client) == "Summarize these notes in a few sentences.\n\n- a: milk"
    assert "in detail" in await prompt(client, style="detailed")


async def test_notes_that_do_not_fit_are_counted(client: Client, state: State) -> None:
    state.notes.add("a", "")
    state.notes.add("b", "x" * MAX_TEXT)
    assert "(1 more notes do not fit here.)" in await prompt(client)


async def test_styles_are_completed(client: Client) -> None:
    result = await client.complete(PromptReference(name="summarize-notes"), {"name": "style", "value": "d"})
    assert result.completion.values == ["detailed"]
