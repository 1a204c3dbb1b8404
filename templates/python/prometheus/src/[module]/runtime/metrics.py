"""Metrics of calls, for Prometheus."""

from time import perf_counter
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.server.mcpserver import MCPServer
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import Response

CALLS = Counter("mcp_tool_calls", "Calls of tools.", ["tool", "outcome"])
SECONDS = Histogram("mcp_tool_call_duration_seconds", "How long they took.", ["tool"])


def measure(mcp: MCPServer) -> ServerMiddleware[Any]:
    async def middleware(ctx: ServerRequestContext, call_next: CallNext) -> HandlerResult:
        name = (ctx.params or {}).get("name")
        # A name that a client makes up becomes no label.
        if ctx.method != "tools/call" or name not in {tool.name for tool in await mcp.list_tools()}:
            return await call_next(ctx)
        started, outcome = perf_counter(), "error"
        try:
            result = await call_next(ctx)
            failed = getattr(result, "is_error", False) or (isinstance(result, dict) and result.get("isError"))
            outcome = "error" if failed else "ok"
            return result
        finally:
            CALLS.labels(name, outcome).inc()
            SECONDS.labels(name).observe(perf_counter() - started)

    return middleware


async def metrics(_: Request) -> Response:
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
