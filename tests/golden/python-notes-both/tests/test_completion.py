import pytest
from mcp import Client
from mcp.types import PromptReference, ResourceTemplateReference

from my_server.completion import (
    MAX_VALUES,
    starting_with,
)
from my_server.prompts import summarize_notes
from my_server.resources import notes


@pytest.mark.anyio
async def test_known_arguments_are_completed_and_others_are_not(client: Client) -> None:
    for name in ("Apples", "apricots", "bread"):
        await client.call_tool("add-note", {"name": name, "content": ""})

    async def values(
        reference: PromptReference | ResourceTemplateReference, name: str, typed: str
    ) -> list[str]:
        completed = await client.complete(reference, {"name": name, "value": typed})
        return completed.completion.values

    prompt = PromptReference(name=summarize_notes.NAME)
    assert await values(prompt, "style", "de") == ["detailed"]
    assert await values(prompt, "other", "") == []
    note = ResourceTemplateReference(uri=notes.TEMPLATE)
    assert await values(note, "name", "ap") == ["Apples", "apricots"]
    assert await values(PromptReference(name="unknown"), "style", "") == []


def test_at_most_a_hundred_values_are_shown_of_all_that_match() -> None:
    candidates = [f"Note {number}" for number in range(150)]
    few = starting_with("note 1", candidates)
    assert (few.total, few.has_more) == (61, False)
    many = starting_with("", candidates)
    assert (len(many.values), many.total, many.has_more) == (MAX_VALUES, 150, True)
