"""A log line for each call over HTTP, without arguments and results."""

import logging
from time import perf_counter

from asgi_correlation_id import correlation_id
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

log = logging.getLogger(__name__)

# The parameter that says what a call is about.
TARGETS = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


async def log_calls(ctx: ServerRequestContext, call_next: CallNext) -> HandlerResult:
    if ctx.request is None or ctx.method not in TARGETS:
        return await call_next(ctx)
    started, outcome = perf_counter(), "cancelled"
    try:
        result = await call_next(ctx)
    except Exception:
        outcome = "error"
        raise
    else:
        failed = getattr(result, "is_error", False) or (isinstance(result, dict) and result.get("isError"))
        outcome = "error" if failed else "ok"
        return result
    finally:
        token = get_access_token()
        fields = {
            # A query may hold a secret, and a client may send any text.
            "target": str((ctx.params or {}).get(TARGETS[ctx.method])).partition("?")[0][:128],
            "caller": token and (token.subject or token.client_id),
            "outcome": outcome,
            "duration_ms": round((perf_counter() - started) * 1000, 1),
            "request_id": correlation_id.get(),
        }
        log.info(ctx.method, extra=fields)
