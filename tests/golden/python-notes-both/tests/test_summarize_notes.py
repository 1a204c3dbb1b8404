import pytest
from mcp import Client, MCPError
from mcp.types import INVALID_PARAMS

from my_server.prompts import summarize_notes


@pytest.mark.anyio
async def test_the_prompt_carries_the_notes_and_the_style(client: Client) -> None:
    assert "no notes yet" in str(await client.get_prompt(summarize_notes.NAME))
    await client.call_tool("add-note", {"name": "plan", "content": "rest"})
    assert "- plan: rest" in str(await client.get_prompt(summarize_notes.NAME))
    assert "in detail" in str(await client.get_prompt(summarize_notes.NAME, {"style": "detailed"}))


@pytest.mark.anyio
@pytest.mark.parametrize("arguments", [{"style": "rude"}, {"tone": "brief"}])
async def test_an_argument_that_does_not_fit_is_named(
    client: Client, arguments: dict[str, str]
) -> None:
    (name,) = arguments
    with pytest.raises(MCPError, match=f"invalid argument `{name}`") as error:
        await client.get_prompt(summarize_notes.NAME, arguments)
    assert error.value.code == INVALID_PARAMS


def test_a_long_text_is_cut_at_a_note() -> None:
    text = summarize_notes.listing([(f"note {number}", "x" * 16 * 1024) for number in range(9)])
    assert len(text) < summarize_notes.MAX_TEXT_BYTES + 100
    assert text.endswith("(6 more notes do not fit here.)")
