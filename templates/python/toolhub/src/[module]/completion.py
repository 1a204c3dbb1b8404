"""Completion of prompt and resource template arguments."""

from collections.abc import Iterable, Sequence

from mcp.server.mcpserver import MCPServer
from mcp.types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from .app import App
from .bounds import bounds
from .prompts import order_summary, test_plan
from .resources import catalog

# What the protocol allows in one answer.
MAX_VALUES = 100


def register(mcp: MCPServer[App], app: App) -> None:
    async def complete(
        reference: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        _: CompletionContext | None,
    ) -> Completion:
        candidates: Sequence[str] = []
        with bounds(app.settings.request_timeout_seconds):
            match reference:
                case PromptReference(name=order_summary.NAME):
                    candidates = order_summary.complete(argument.name)
                case PromptReference(name=test_plan.NAME):
                    candidates = test_plan.complete(argument.name)
                case ResourceTemplateReference(uri=catalog.TEMPLATE):
                    candidates = await catalog.complete(app, argument.name, argument.value)
        return starting_with(argument.value, candidates)

    mcp.completion()(complete)  # type: ignore[no-untyped-call] # as of mcp 2.3


def starting_with(typed: str, candidates: Iterable[str]) -> Completion:
    """Return the values that start with what was typed, in any case."""
    values = [value for value in candidates if value.lower().startswith(typed.lower())]
    return Completion(values=values[:MAX_VALUES], has_more=len(values) > MAX_VALUES)
