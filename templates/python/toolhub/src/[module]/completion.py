"""Completion of the arguments of prompts and resource templates."""

from collections.abc import Iterable

from mcp.server.mcpserver import MCPServer
from mcp.types import Completion, CompletionArgument, CompletionContext, PromptReference, ResourceTemplateReference

from .prompts import order_summary, test_plan
from .resources.catalog import TEMPLATE
from .state import State

# What the protocol allows in one answer.
MAX_VALUES = 100


def register(mcp: MCPServer, state: State) -> None:
    async def complete(
        ref: PromptReference | ResourceTemplateReference, argument: CompletionArgument, _: CompletionContext | None
    ) -> Completion:
        known: Iterable[str] = []
        match ref, argument.name:
            case PromptReference(name="order_summary"), "tone":
                known = order_summary.REQUESTS
            case PromptReference(name="test_plan"), "depth":
                known = test_plan.REQUESTS
            case ResourceTemplateReference(uri=template), "sku" if template == TEMPLATE:
                # One more than fits shows that there are more.
                known = await state.database.skus(argument.value, MAX_VALUES + 1)
        values = [value for value in known if value.lower().startswith(argument.value.lower())]
        return Completion(values=values[:MAX_VALUES], has_more=len(values) > MAX_VALUES)

    mcp.completion()(complete)  # type: ignore[no-untyped-call] # as of mcp 2.3
