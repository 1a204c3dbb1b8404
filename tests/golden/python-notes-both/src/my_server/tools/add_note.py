"""`add-note`: store a note."""

from typing import Annotated

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from ..app import App
from ..notes import MAX_CONTENT_BYTES, MAX_NAME_BYTES
from ..resources.notes import publish, uri

# The schema says what the store checks, which counts bytes.
Name = Annotated[
    str,
    Field(
        description="Name of the note, in any script. A note of the same name is replaced.",
        examples=["groceries"],
        json_schema_extra={"minLength": 1, "maxLength": MAX_NAME_BYTES},
    ),
]
Content = Annotated[
    str,
    Field(
        description="Text of the note.",
        examples=["milk, bread"],
        json_schema_extra={"maxLength": MAX_CONTENT_BYTES},
    ),
]


class AddedNote(BaseModel):
    uri: str = Field(description="Where the note can be read as a resource.")
    replaced: bool = Field(description="Whether a note of the same name was replaced.")


def register(mcp: MCPServer[App], app: App) -> None:
    @mcp.tool(
        name="add-note",
        title="Add a note",
        description="Store a note under a name, replacing the note of that name if there is one. "
        "Returns the URI of the resource that the note can be read from.",
        annotations=ToolAnnotations(
            read_only_hint=False,
            destructive_hint=True,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )
    async def add_note(name: Name, content: Content) -> AddedNote:
        replaced = app.notes.add(name, content)
        if not replaced:
            publish(mcp, app, name)
            await app.changes.publish()
        return AddedNote(uri=uri(name), replaced=replaced)
