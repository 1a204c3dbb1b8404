"""`get_order`: one order."""

from typing import Annotated

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations
from pydantic import Field

from ..app import App
from ..errors import NotFoundError
from ..orders import MAX_ID_BYTES, Order, check_id

# The schema says what `check_id` checks, which counts bytes.
OrderId = Annotated[
    str,
    Field(
        description="Identifier of the order.",
        examples=["ORD-1001"],
        json_schema_extra={"minLength": 1, "maxLength": MAX_ID_BYTES},
    ),
]


def register(mcp: MCPServer[App], app: App) -> None:
    @mcp.tool(
        name="get_order",
        title="Get an order",
        description="Get one order by its identifier. It changes nothing.",
        annotations=ToolAnnotations(
            read_only_hint=True,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )
    async def get_order(order_id: OrderId) -> Order:
        check_id(order_id)
        order = await app.database.order(order_id)
        if order is None:
            raise NotFoundError("order", order_id)
        return order
