"""`test_plan`: ask the model how to test a feature of the shop."""

from collections.abc import Sequence
from typing import Annotated, Literal, get_args

from mcp.server.mcpserver import MCPServer
from pydantic import Field

from ..app import App
from ..errors import InvalidInputError

NAME = "test_plan"
MAX_FEATURE_BYTES = 500

Depth = Literal["smoke", "standard", "thorough"]
REQUESTS: dict[Depth, str] = {
    "smoke": "List the few checks that show at once whether it works at all.",
    "standard": "Cover what users do, and the mistakes that they make.",
    "thorough": "Cover what users do, their mistakes, limits, concurrent changes, and failures of "
    "the database.",
}


def complete(argument: str) -> Sequence[str]:
    """Return the values for an argument of this prompt."""
    return get_args(Depth) if argument == "depth" else []


def register(mcp: MCPServer[App], _: App) -> None:
    @mcp.prompt(
        name=NAME,
        title="Plan tests",
        description="Write a plan for testing one feature of the order system.",
    )
    async def test_plan(
        feature: Annotated[str, Field(description="The feature to test, in a few words.")],
        depth: Annotated[
            Depth,
            Field(description="How much to test: `smoke`, `standard` (the default) or `thorough`."),
        ] = "standard",
    ) -> str:
        if not feature.strip() or len(feature.encode()) > MAX_FEATURE_BYTES:
            raise InvalidInputError(f"`feature` must have 1 to {MAX_FEATURE_BYTES} bytes")
        return (
            f"Write a test plan for this feature of an order system: {feature}\n\n"
            f"{REQUESTS[depth]} Give each test its steps and the result that is expected."
        )
