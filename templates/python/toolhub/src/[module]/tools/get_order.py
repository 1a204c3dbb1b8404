"""`get_order`: one order."""

from typing import Annotated

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from ..orders import Order
from ..state import State

OrderId = Annotated[
    str, Field(description="Identifier of the order.", examples=["ORD-1001"], min_length=1, max_length=64)
]


def register(mcp: MCPServer, state: State) -> None:
    @mcp.tool(
        title="Get an order",
        description="Get one order by its identifier. It changes nothing.",
        annotations=ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )
    async def get_order(order_id: OrderId) -> Order:
        order = await state.database.order(order_id)
        if order is None:
            raise ToolError(f"order `{order_id}` was not found")
        return order
