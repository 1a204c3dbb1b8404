"""Calls a tool of a `notes` server with the Python SDK's client, within a span; the SDK tells the server of that span.

Usage: traced.py MODE TARGET TRACE_ID SPAN_ID, where TARGET is as for client.py.
"""

import asyncio
import json
import sys
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from opentelemetry import trace


async def main(mode: str, target: dict[str, Any], trace_id: str, span_id: str) -> None:
    context = trace.SpanContext(
        trace_id=int(trace_id, 16),
        span_id=int(span_id, 16),
        is_remote=False,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    server: Any = streamable_http_client(target["url"]) if "url" in target else StdioServerParameters(**target)
    async with Client(server, mode=mode, read_timeout_seconds=60) as client:
        with trace.use_span(trace.NonRecordingSpan(context)):
            result = await client.call_tool("add-note", {"name": "a", "content": "b"})
        assert not result.is_error, result


mode, target, *ids = sys.argv[1:]
asyncio.run(main(mode, json.loads(target), *ids))
