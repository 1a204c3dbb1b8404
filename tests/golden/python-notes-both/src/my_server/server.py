"""Protocol wiring: which method is answered by what.

What a primitive does is in a file of its own in `tools/`, `resources/` or `prompts/`.
"""

import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, redirect_stdout
from typing import Any
from urllib.parse import unquote

import structlog
from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolResult,
    GetPromptResult,
    InputRequiredResult,
    TextContent,
    Tool,
)
from mcp.types.version import HANDSHAKE_PROTOCOL_VERSIONS
from pydantic import AnyUrl
from pydantic_core import to_json

from . import DESCRIPTION, NAME, __version__, prompts, resources, tools
from .app import App
from .arguments import check_names
from .bounds import bounds
from .calls import Calls
from .completion import register as register_completion
from .errors import AppError, InvalidInputError, NotFoundError
from .pagination import page

log = structlog.stdlib.get_logger(__name__)

# How many resources one page of `resources/list` holds.
PAGE_SIZE = 50

# What a model should know of the server as a whole.
INSTRUCTIONS = (
    "Notes are resources: list them, or read one at `note://internal/{name}`. "
    "The tool `add-note` stores one, and the prompt `summarize-notes` asks for a summary of all."
)

# What a resource that is not there is called before 2026-07-28.
RESOURCE_NOT_FOUND = -32002


class Server(MCPServer[App]):
    """The SDK's server, with every request bounded and every error safe to show."""

    def __init__(self, app: App) -> None:
        calls = Calls(
            is_prompt=self._is_prompt,
            is_tool=self._is_tool,
            metrics=app.metrics,
        )
        super().__init__(
            NAME,
            description=DESCRIPTION,
            version=__version__,
            lifespan=self._lifespan,
            middleware=[
                calls.middleware,
                _errors,
                _pages,
                self._advertise,
                app.changes.middleware,
            ],
            instructions=INSTRUCTIONS,
            subscriptions=app.changes.bus,
        )
        self.app = app
        self._request_timeout = app.settings.request_timeout_seconds
        tools.register(self, app)
        resources.register(self, app)
        prompts.register(self, app)
        register_completion(self, app)

    @asynccontextmanager
    async def _lifespan(self, _: MCPServer[App]) -> AsyncIterator[App]:
        """Open what `App` holds when the server starts, and close it however it stops."""
        # Else what a handler prints would be written at the exit, when stdout is the protocol's.
        with redirect_stdout(sys.stderr):
            try:
                yield self.app
            finally:
                log.info("server stopped")

    async def list_tools(self) -> list[Tool]:
        """Say in every schema what `call_tool` checks: there are no other arguments."""
        listed = await super().list_tools()
        for tool in listed:
            tool.input_schema["additionalProperties"] = False
        return listed

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[App, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        tool = self._tool_manager.get_tool(name)
        if tool is None:
            raise MCPError(INVALID_PARAMS, f"unknown tool `{name}`")
        try:
            with bounds(self._request_timeout):
                schema = tool.parameters
                check_names(arguments, schema["properties"], schema.get("required", []))
                result = await super().call_tool(name, arguments, context)
        except AppError as error:
            # A JSON-RPC error would not reach the model, which can correct its call.
            result = CallToolResult(content=[TextContent(text=str(error))], is_error=True)
        return _compact(result)

    def _is_tool(self, name: str) -> bool:
        return self._tool_manager.get_tool(name) is not None

    def _is_prompt(self, name: str) -> bool:
        return self._prompt_manager.get_prompt(name) is not None

    async def read_resource(
        self, uri: AnyUrl | str, context: Context[App, Any] | None = None
    ) -> Iterable[ReadResourceContents] | InputRequiredResult:
        with bounds(self._request_timeout):
            try:
                # The SDK would read a mistake as a replacement character.
                unquote(str(uri), errors="strict")
                return await super().read_resource(uri, context)
            except UnicodeDecodeError:
                raise InvalidInputError(f"`{uri}` is not percent-encoded UTF-8") from None
            except ResourceNotFoundError:
                raise NotFoundError("resource", str(uri)) from None

    async def get_prompt(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        context: Context[App, Any] | None = None,
    ) -> GetPromptResult | InputRequiredResult:
        prompt = next((it for it in await self.list_prompts() if it.name == name), None)
        if prompt is None:
            raise InvalidInputError(f"unknown prompt `{name}`")
        known = prompt.arguments or []
        with bounds(self._request_timeout):
            check_names(
                arguments or {},
                [argument.name for argument in known],
                [argument.name for argument in known if argument.required],
            )
            return await super().get_prompt(name, arguments, context)

    async def _advertise(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Only what is registered is advertised."""
        result = await call_next(ctx)
        if ctx.method not in {"initialize", "server/discover"} or not isinstance(result, dict):
            return result
        capabilities: dict[str, dict[str, bool]] = {}
        if await self.list_tools():
            capabilities["tools"] = {}
        if await self.list_prompts():
            capabilities["prompts"] = {}
        if await self.list_resources() or await self.list_resource_templates():
            capabilities["resources"] = {}
            capabilities["resources"]["listChanged"] = True
        capabilities["completions"] = {}
        return {**result, "capabilities": capabilities}


async def _errors(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Answer with the code that an error has in the client's revision."""
    try:
        return await call_next(ctx)
    except AppError as error:
        code, data = INTERNAL_ERROR, None
        if isinstance(error, InvalidInputError):
            code = INVALID_PARAMS
        if isinstance(error, NotFoundError):
            legacy = ctx.protocol_version in HANDSHAKE_PROTOCOL_VERSIONS
            code = RESOURCE_NOT_FOUND if legacy else INVALID_PARAMS
            data = {"uri": (ctx.params or {}).get("uri")}
        raise MCPError(code, str(error), data) from error


async def _pages(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Show the resources page by page."""
    result = await call_next(ctx)
    if ctx.method != "resources/list" or not isinstance(result, dict):
        return result
    cursor = (ctx.params or {}).get("cursor")
    items, following = page(result["resources"], lambda it: it["uri"], cursor, PAGE_SIZE)
    result = {**result, "resources": items}
    return result if following is None else {**result, "nextCursor": following}


def _compact(
    result: CallToolResult | InputRequiredResult,
) -> CallToolResult | InputRequiredResult:
    """Take the indentation out of structured content's text, which a model would pay for."""
    if isinstance(result, CallToolResult) and result.structured_content is not None:
        text = to_json(result.structured_content).decode()
        result.content = [TextContent(text=text)]
    return result
