"""`list_orders`: orders by status, page by page."""

from typing import Annotated

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from ..app import App
from ..errors import InvalidInputError
from ..orders import Order, OrderStatus
from ..pagination import cursor_after, last_seen

MAX_LIMIT = 100
# Longer than any cursor of this server.
MAX_CURSOR_BYTES = 100

Status = Annotated[OrderStatus | None, Field(description="List only orders of this status.")]
Limit = Annotated[
    int,
    Field(
        description="How many orders to return at most.",
        json_schema_extra={"minimum": 1, "maximum": MAX_LIMIT},
        strict=True,
    ),
]
Cursor = Annotated[
    str | None,
    Field(
        description="The `next_cursor` of the page before.",
        json_schema_extra={"maxLength": MAX_CURSOR_BYTES},
    ),
]


class OrdersPage(BaseModel):
    orders: list[Order]
    next_cursor: str | None = Field(
        default=None,
        description="Give this as `cursor` to get the next page; there is none after the last.",
        exclude_if=lambda cursor: cursor is None,
    )


def register(mcp: MCPServer[App], app: App) -> None:
    @mcp.tool(
        name="list_orders",
        title="List orders",
        description="List orders by their identifiers, all or those of one status, page by page. "
        "It changes nothing.",
        annotations=ToolAnnotations(
            read_only_hint=True,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )
    async def list_orders(
        status: Status = None, limit: Limit = 20, cursor: Cursor = None
    ) -> OrdersPage:
        if not 1 <= limit <= MAX_LIMIT:
            raise InvalidInputError(f"`limit` must be 1 to {MAX_LIMIT}")
        if cursor is not None and len(cursor.encode()) > MAX_CURSOR_BYTES:
            raise InvalidInputError("`cursor` is not valid")
        after = "" if cursor is None else last_seen(cursor)
        # One more than asked for shows whether there is a next page.
        orders = await app.database.orders(status, after, limit + 1)
        shown = orders[:limit]
        more = len(orders) > limit
        return OrdersPage(orders=shown, next_cursor=cursor_after(shown[-1].id) if more else None)
