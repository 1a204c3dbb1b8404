"""`add-note`: store a note."""

from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from ..resources.notes import publish, uri
from ..state import State

Name = Annotated[
    str,
    Field(
        description="Name of the note, in any script. A note of the same name is replaced.",
        examples=["groceries"],
        min_length=1,
        max_length=200,
    ),
]
Content = Annotated[str, Field(description="Text of the note.", examples=["milk, bread"], max_length=16_384)]


class AddedNote(BaseModel):
    uri: str = Field(description="Where the note can be read as a resource.")
    replaced: bool = Field(description="Whether a note of the same name was replaced.")


def register(mcp: MCPServer, state: State) -> None:
    @mcp.tool(
        name="add-note",
        title="Add a note",
        description="Store a note under a name, replacing the note of that name if there is one. "
        "Returns the URI of the resource that the note can be read from.",
        annotations=ToolAnnotations(
            read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
        ),
    )
    async def add_note(name: Name, content: Content, ctx: Context) -> AddedNote:
        replaced = state.notes.add(name, content)
        if not replaced:
            publish(mcp, state, name)
            await ctx.notify_resources_changed()
        return AddedNote(uri=uri(name), replaced=replaced)
