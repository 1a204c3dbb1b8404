"""Completion of the arguments of prompts and resource templates."""

from mcp.server.mcpserver import MCPServer
from mcp.types import Completion, CompletionArgument, CompletionContext, PromptReference, ResourceTemplateReference

from .prompts.summarize_notes import REQUESTS
from .resources.notes import TEMPLATE
from .state import State

# What the protocol allows in one answer.
MAX_VALUES = 100


def register(mcp: MCPServer, state: State) -> None:
    async def complete(
        ref: PromptReference | ResourceTemplateReference, argument: CompletionArgument, _: CompletionContext | None
    ) -> Completion:
        known: list[str] = []
        match ref, argument.name:
            case PromptReference(name="summarize-notes"), "style":
                known = list(REQUESTS)
            case ResourceTemplateReference(uri=template), "name" if template == TEMPLATE:
                known = [name for name, _ in state.notes.all()]
        values = [value for value in known if value.lower().startswith(argument.value.lower())]
        return Completion(values=values[:MAX_VALUES], total=len(values), has_more=len(values) > MAX_VALUES)

    mcp.completion()(complete)  # type: ignore[no-untyped-call] # as of mcp 2.3
