"""`order_summary`: ask the model to tell a customer about an order."""

from collections.abc import Sequence
from typing import Annotated, Literal, get_args

from mcp.server.mcpserver import MCPServer
from pydantic import Field

from ..app import App
from ..errors import InvalidInputError
from ..orders import check_id

NAME = "order_summary"

Tone = Literal["brief", "formal", "friendly"]
REQUESTS: dict[Tone, str] = {
    "brief": "Tell the customer in one sentence how this order stands.",
    "formal": "Write the customer a formal message about this order.",
    "friendly": "Write the customer a short, friendly message about this order.",
}


def complete(argument: str) -> Sequence[str]:
    """Return the values for an argument of this prompt."""
    return get_args(Tone) if argument == "tone" else []


def register(mcp: MCPServer[App], app: App) -> None:
    @mcp.prompt(
        name=NAME,
        title="Summarize an order",
        description="Tell a customer about one order, in the tone that fits.",
    )
    async def order_summary(
        order_id: Annotated[
            str, Field(description="Identifier of the order, for example `ORD-1001`.")
        ],
        tone: Annotated[
            Tone, Field(description="How to write: `brief`, `formal` or `friendly` (the default).")
        ] = "friendly",
    ) -> str:
        check_id(order_id)
        order = await app.database.order(order_id)
        if order is None:
            raise InvalidInputError(f"order `{order_id}` was not found")
        text = order.model_dump_json(indent=2)
        return f"{REQUESTS[tone]} Say nothing that is not in it.\n\n{text}"
