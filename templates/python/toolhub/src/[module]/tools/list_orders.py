"""`list_orders`: orders by status, page by page."""

from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from ..orders import Order, OrderStatus
from ..state import State

# A cursor names the last order that was seen, so that nothing is skipped or repeated when orders come and go.
PREFIX = "after:"


def plain(schema: dict[str, Any]) -> None:
    """Write an optional parameter as clients understand it: with one type, which is not `null`."""
    del schema["default"]
    schema.update(schema.pop("anyOf")[0])


Status = Annotated[OrderStatus | None, Field(description="List only orders of this status.", json_schema_extra=plain)]
Limit = Annotated[int, Field(description="How many orders to return at most.", ge=1, le=100)]
Cursor = Annotated[
    str | None, Field(description="The `next_cursor` of the page before.", max_length=100, json_schema_extra=plain)
]


class OrdersPage(BaseModel):
    orders: list[Order]
    next_cursor: str | None = Field(
        default=None,
        description="Give this as `cursor` to get the next page; there is none after the last.",
        exclude_if=lambda cursor: cursor is None,
    )


def register(mcp: MCPServer, state: State) -> None:
    @mcp.tool(
        title="List orders",
        description="List orders by their identifiers, all or those of one status, page by page. It changes nothing.",
        annotations=ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )
    async def list_orders(status: Status = None, limit: Limit = 20, cursor: Cursor = None) -> OrdersPage:
        if cursor is not None and not cursor.startswith(PREFIX):
            raise ToolError("`cursor` is not valid")
        # One more than asked for shows whether there is a next page.
        orders = await state.database.orders(status, (cursor or PREFIX).removeprefix(PREFIX), limit + 1)
        page, more = orders[:limit], len(orders) > limit
        return OrdersPage(orders=page, next_cursor=PREFIX + page[-1].id if more else None)
