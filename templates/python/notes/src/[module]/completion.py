"""Completion of prompt and resource template arguments."""

from collections.abc import Iterable

from mcp.server.mcpserver import MCPServer
from mcp.types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from .app import App
from .prompts import summarize_notes
from .resources import notes

# What the protocol allows in one answer.
MAX_VALUES = 100


def register(mcp: MCPServer[App], app: App) -> None:
    async def complete(
        reference: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        _: CompletionContext | None,
    ) -> Completion:
        match reference:
            case PromptReference(name=summarize_notes.NAME):
                candidates = summarize_notes.complete(argument.name)
            case ResourceTemplateReference(uri=notes.TEMPLATE):
                candidates = notes.complete(app, argument.name)
            case _:
                candidates = []
        return starting_with(argument.value, candidates)

    mcp.completion()(complete)  # type: ignore[no-untyped-call] # as of mcp 2.3


def starting_with(typed: str, candidates: Iterable[str]) -> Completion:
    """Return the values that start with what was typed, in any case."""
    values = [value for value in candidates if value.lower().startswith(typed.lower())]
    return Completion(
        values=values[:MAX_VALUES], total=len(values), has_more=len(values) > MAX_VALUES
    )
