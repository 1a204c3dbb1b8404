"""`summarize-notes`: ask the model for a summary of the notes."""

from collections.abc import Sequence
from typing import Annotated, Literal, get_args

from mcp.server.mcpserver import MCPServer
from pydantic import Field

from ..app import App

NAME = "summarize-notes"
# How much text of notes one prompt can carry, in bytes.
MAX_TEXT_BYTES = 64 * 1024

Style = Literal["brief", "detailed"]
REQUESTS: dict[Style, str] = {
    "brief": "Summarize these notes in a few sentences.",
    "detailed": "Summarize these notes in detail, note by note.",
}


def complete(argument: str) -> Sequence[str]:
    """Return the values for an argument of this prompt."""
    return get_args(Style) if argument == "style" else []


def register(mcp: MCPServer[App], app: App) -> None:
    @mcp.prompt(
        name=NAME,
        title="Summarize notes",
        description="Summarize all notes, briefly or in detail.",
    )
    async def summarize_notes(
        style: Annotated[
            Style,
            Field(description="How long the summary is: `brief` (the default) or `detailed`."),
        ] = "brief",
    ) -> str:
        return f"{REQUESTS[style]}\n{listing(app.notes.all())}"


def listing(notes: Sequence[tuple[str, str]]) -> str:
    """Return the notes as a list, as many as fit."""
    if not notes:
        return "\nThere are no notes yet."
    text, size = "", 0
    for shown, (name, content) in enumerate(notes):
        line = f"\n- {name}: {content}"
        size += len(line.encode())
        if size > MAX_TEXT_BYTES:
            return f"{text}\n({len(notes) - shown} more notes do not fit here.)"
        text += line
    return text
