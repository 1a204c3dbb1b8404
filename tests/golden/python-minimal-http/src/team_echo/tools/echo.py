"""`echo`: return a text."""

from typing import Annotated

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from ..state import State

Text = Annotated[str, Field(description="The text to return.", examples=["hello"], max_length=10_000)]


class Echoed(BaseModel):
    text: str = Field(description="The text as it was given.")


def register(mcp: MCPServer, state: State) -> None:
    @mcp.tool(title="Echo", annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False))
    async def echo(text: Text) -> Echoed:
        """Return the given text, to see that the server answers."""
        return Echoed(text=text)
