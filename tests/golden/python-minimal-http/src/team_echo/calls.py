"""What is told of each request, when it is done. Arguments and results never are."""

import re
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import structlog
from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS
from pydantic import ValidationError

from .auth import caller_of
from .bounds import clipped
from .metrics import Metrics

log = structlog.stdlib.get_logger(__name__)

# What the log says of a request, by its method.
DONE = {
    "completion/complete": "argument completed",
    "prompts/get": "prompt given",
    "prompts/list": "prompts listed",
    "resources/list": "resources listed",
    "resources/read": "resource read",
    "resources/templates/list": "templates listed",
    "tools/call": "tool called",
    "tools/list": "tools listed",
}

Known = Callable[[str], bool]


class Calls:
    """Tells how each request went."""

    def __init__(
        self,
        is_prompt: Known,
        is_tool: Known,
        metrics: Metrics,
    ) -> None:
        self._known = {"tools/call": ("tool", is_tool), "prompts/get": ("prompt", is_prompt)}
        self._metrics = metrics

    async def middleware(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        if ctx.method not in DONE:
            return await call_next(ctx)
        # What is cancelled ends with neither a result nor an error.
        outcome, code = "cancelled", None
        started = perf_counter()
        if ctx.request is not None:
            self._metrics.begin()
        try:
            result = await call_next(ctx)
        except MCPError as error:
            outcome, code = "error", error.error.code
            raise
        except ValidationError:
            outcome, code = "error", INVALID_PARAMS
            raise
        except Exception:
            outcome, code = "error", INTERNAL_ERROR
            raise
        else:
            failed = isinstance(result, dict) and result.get("isError")
            outcome = "error" if failed else "ok"
            return result
        finally:
            self._tell(ctx, outcome, code, perf_counter() - started)

    def _tell(
        self, ctx: ServerRequestContext[Any, Any], outcome: str, code: int | None, elapsed: float
    ) -> None:
        target = self._target(ctx.method, ctx.params or {})
        said = {
            "method": ctx.method,
            **target,
            "id": clipped(ctx.request_id),
            "outcome": outcome,
            "code": code,
            "duration_us": int(elapsed * 1_000_000),
        }
        if ctx.request is not None:
            said["request_id"] = ctx.request.state.request_id
            self._metrics.end(ctx.method, target.get("tool"), outcome, elapsed)
        if caller := caller_of(ctx):
            said["caller"] = str(caller)
        told = {name: value for name, value in said.items() if value is not None}
        log.info(DONE[ctx.method], **told)

    def _target(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a request is about. What follows the path of a URI may be a secret."""
        if method == "resources/read":
            return {"resource": clipped(re.split("[?#]", str(params.get("uri")))[0])}
        if method not in self._known:
            return {}
        kind, is_known = self._known[method]
        name = str(params.get("name"))
        return {kind if is_known(name) else "unknown": clipped(name)}
