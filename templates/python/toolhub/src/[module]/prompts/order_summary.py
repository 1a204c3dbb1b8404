"""`order_summary`: ask the model to tell a customer about an order."""

from typing import Annotated, Literal

from mcp import MCPError
from mcp.server.mcpserver import MCPServer
from mcp.types import INVALID_PARAMS
from pydantic import Field

from ..state import State

Tone = Literal["brief", "formal", "friendly"]
REQUESTS: dict[Tone, str] = {
    "brief": "Tell the customer in one sentence how this order stands.",
    "formal": "Write the customer a formal message about this order.",
    "friendly": "Write the customer a short, friendly message about this order.",
}

OrderId = Annotated[str, Field(description="Identifier of the order, for example `ORD-1001`.")]
Style = Annotated[Tone, Field(description="How to write: `brief`, `formal` or `friendly` (the default).")]


def register(mcp: MCPServer, state: State) -> None:
    @mcp.prompt(title="Summarize an order", description="Tell a customer about one order, in the tone that fits.")
    async def order_summary(order_id: OrderId, tone: Style = "friendly") -> str:
        order = await state.database.order(order_id)
        if order is None:
            raise MCPError(INVALID_PARAMS, f"order `{order_id}` was not found")
        return f"{REQUESTS[tone]} Say nothing that is not in it.\n\n{order.model_dump_json(indent=2)}"
