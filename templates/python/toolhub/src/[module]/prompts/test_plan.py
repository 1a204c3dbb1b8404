"""`test_plan`: ask the model how to test a feature of the shop."""

from typing import Annotated, Literal

from mcp import MCPError
from mcp.server.mcpserver import MCPServer
from mcp.types import INVALID_PARAMS
from pydantic import Field

from ..state import State

MAX_FEATURE = 500

Depth = Literal["smoke", "standard", "thorough"]
REQUESTS: dict[Depth, str] = {
    "smoke": "List the few checks that show at once whether it works at all.",
    "standard": "Cover what users do, and the mistakes that they make.",
    "thorough": "Cover what users do, their mistakes, limits, concurrent changes, and failures of the database.",
}

Feature = Annotated[str, Field(description="The feature to test, in a few words.")]
Extent = Annotated[Depth, Field(description="How much to test: `smoke`, `standard` (the default) or `thorough`.")]


def register(mcp: MCPServer, _: State) -> None:
    @mcp.prompt(title="Plan tests", description="Write a plan for testing one feature of the order system.")
    async def test_plan(feature: Feature, depth: Extent = "standard") -> str:
        if not feature.strip() or len(feature) > MAX_FEATURE:
            raise MCPError(INVALID_PARAMS, f"`feature` must have 1 to {MAX_FEATURE} characters")
        return (
            f"Write a test plan for this feature of an order system: {feature}\n\n"
            f"{REQUESTS[depth]} Give each test its steps and the result that is expected."
        )
