"""`echo`: return a text."""

from typing import Annotated

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from ..app import App

MAX_CHARACTERS = 10_000

Text = Annotated[
    str,
    Field(description="The text to return.", examples=["hello"], max_length=MAX_CHARACTERS),
]


class Echoed(BaseModel):
    text: str = Field(description="The text as it was given.")


def register(mcp: MCPServer[App], _: App) -> None:
    @mcp.tool(
        name="echo",
        title="Echo",
        description="Return the given text, to see that the server answers.",
        annotations=ToolAnnotations(
            read_only_hint=True,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )
    async def echo(text: Text) -> Echoed:
        return Echoed(text=text)
