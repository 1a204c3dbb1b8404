"""What a token must allow: scopes for every request, and more for some tools."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from mcp import MCPError
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp.types import INVALID_REQUEST
from pydantic_core import from_json
from starlette.responses import Response
from starlette.types import Scope

from .challenge import Challenge
from .settings import Scopes
from ..settings import HttpSettings
from ...errors import ConfigError

log = structlog.stdlib.get_logger(__name__)


class Policy:
    """The scopes that requests need."""

    def __init__(self, settings: HttpSettings, find: Callable[[str], Tool | None]) -> None:
        self.base = settings.oauth_scopes
        self._write = settings.oauth_write_scopes
        self._tools = settings.oauth_tool_scopes
        self._find = find

    def check(self) -> None:
        """Check what the settings cannot know: which tools there are."""
        for tool in self._tools:
            if self._find(tool) is None:
                raise ConfigError(
                    f"MCP_OAUTH_TOOL_SCOPES (--oauth-tool-scopes): there is no tool `{tool}`"
                )

    def needed(self, name: str) -> Scopes:
        """Return the scopes for one tool.

        If it does not say that it is read-only, it counts as one that writes.
        """
        if own := self._tools.get(name):
            return self.base | own
        tool = self._find(name)
        read_only = tool is None or (tool.annotations and tool.annotations.read_only_hint)
        return self.base if read_only else self.base | self._write

    def permit(self, name: str, context: Context[Any, Any] | None) -> None:
        """Refuse a call of a tool that its token does not allow.

        Whatever `refusal` made of the request, this is what counts.
        """
        if context is None or context.request_context.request is None:
            return
        grant: Grant = context.request_context.request.state.grant
        needed = self.needed(name)
        if not needed <= grant.scopes:
            names = " ".join(sorted(needed))
            raise MCPError(
                INVALID_REQUEST, f"the token must have the scopes `{names}` to call `{name}`"
            )


@dataclass(frozen=True, slots=True)
class Grant:
    """What the token of a request allows."""

    scopes: Scopes
    policy: Policy
    challenge: Challenge


def refusal(scope: Scope, body: bytes) -> Response | None:
    """Return the answer to a call that its token does not allow, if it is one.

    From it the client learns what to ask for.
    """
    grant: Grant = scope["state"]["grant"]
    tool = _called_tool(body)
    if tool is None:
        return None
    needed = grant.policy.needed(tool)
    if needed <= grant.scopes:
        return None
    log.warning("request refused: the token lacks a scope", tool=tool)
    return grant.challenge.insufficient_scope(needed)


def _called_tool(body: bytes) -> str | None:
    try:
        message = from_json(body)
    except ValueError:
        return None
    match message:
        case {"method": "tools/call", "params": {"name": str(name)}}:
            return name
        case _:
            return None
