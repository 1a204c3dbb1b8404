"""`ping`: whether the server answers."""

from typing import Literal

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from ..config import PACKAGE
from ..state import State


class Pong(BaseModel):
    status: Literal["ok"] = Field(description="Always `ok`.")
    version: str = Field(description="Version of the server.")


def register(mcp: MCPServer, _: State) -> None:
    @mcp.tool(
        title="Ping",
        description="Check that the server answers. It asks no database and changes nothing.",
        annotations=ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )
    async def ping() -> Pong:
        return Pong(status="ok", version=PACKAGE["Version"])
