"""`summarize-notes`: ask the model for a summary of the notes."""

from typing import Annotated, Literal

from mcp.server.mcpserver import MCPServer
from pydantic import Field

from ..state import State

# How many characters of notes one prompt can carry.
MAX_TEXT = 65_536

Style = Literal["brief", "detailed"]
REQUESTS: dict[Style, str] = {
    "brief": "Summarize these notes in a few sentences.",
    "detailed": "Summarize these notes in detail, note by note.",
}


def register(mcp: MCPServer, state: State) -> None:
    @mcp.prompt(
        name="summarize-notes", title="Summarize notes", description="Summarize all notes, briefly or in detail."
    )
    async def summarize_notes(
        style: Annotated[Style, Field(description="How long the summary is: `brief` (the default) or `detailed`.")] = (
            "brief"
        ),
    ) -> str:
        return f"{REQUESTS[style]}\n{listing(state.notes.all())}"


def listing(notes: list[tuple[str, str]]) -> str:
    """Return the notes as a list, as many as fit."""
    if not notes:
        return "\nThere are no notes yet."
    text = ""
    for shown, (name, content) in enumerate(notes):
        line = f"\n- {name}: {content}"
        if len(text) + len(line) > MAX_TEXT:
            return f"{text}\n({len(notes) - shown} more notes do not fit here.)"
        text += line
    return text
