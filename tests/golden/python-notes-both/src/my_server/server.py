"""Protocol wiring: what the server is called, what it offers, and how long a call may take."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from mcp.server.subscriptions import InMemorySubscriptionBus
from mcp.types import CallToolResult, TextContent

from .completion import register as register_completion
from .config import PACKAGE
from .runtime.changes import changes
from .state import State

# What a model should know of the server as a whole.
INSTRUCTIONS = (
    "Notes are resources: list them, or read one at `note://internal/{name}`. "
    "The tool `add-note` stores one, and the prompt `summarize-notes` asks for a summary of all."
)


def create_server(state: State) -> MCPServer:
    seconds = state.settings.request_timeout_seconds
    bus = InMemorySubscriptionBus()

    async def limit(ctx: ServerRequestContext, call_next: CallNext) -> HandlerResult:
        with anyio.move_on_after(seconds or None if ctx.method == "tools/call" else None):
            return await call_next(ctx)
        return CallToolResult(content=[TextContent(text=f"took longer than {seconds} s")], is_error=True)

    mcp = MCPServer(
        PACKAGE["Name"],
        version=PACKAGE["Version"],
        description=PACKAGE["Summary"],
        instructions=INSTRUCTIONS,
        subscriptions=bus,
        middleware=[limit, changes(bus)],
    )
    # A module in one of these packages registers what it holds.
    for kind in ("prompts", "resources", "tools"):
        for module in iter_modules([str(Path(__file__).parent / kind)], f"{__package__}.{kind}."):
            import_module(module.name).register(mcp, state)
    register_completion(mcp, state)
    return mcp
