"""What a program that serves HTTP sends to a collector."""

import json

from .collector import SPAN_ID, TRACE_ID, TRACEPARENT, Collector, values
from .serving import HttpProcess

OTHER_TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
OTHER_TRACEPARENT = f"00-{OTHER_TRACE_ID}-00f067aa0b9902b7-01"


def start(collector: Collector) -> HttpProcess:
    return HttpProcess(
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint,
        OTEL_BSP_SCHEDULE_DELAY="50",
        OTEL_METRIC_EXPORT_INTERVAL="50",
    )


def ask(server: HttpProcess, meta: dict[str, str], **headers: str) -> None:
    """Ask for the tools, with this in `_meta` and these headers."""
    told = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
        **meta,
    }
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": told}}
    protocol = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"}
    assert server.post(json.dumps(request), **protocol, **headers).status == 200


def test_a_span_is_in_the_trace_of_the_message_and_else_of_the_headers() -> None:
    with Collector() as collector, start(collector) as server:
        ask(server, {"traceparent": TRACEPARENT}, traceparent=OTHER_TRACEPARENT)
        span = collector.span()
        assert span.name == "tools/list"
        assert span.trace_id.hex() == TRACE_ID
        assert span.parent_span_id.hex() == SPAN_ID
        assert [link.trace_id.hex() for link in span.links] == [OTHER_TRACE_ID]
        told = values(span.attributes)
        assert told["network.transport"] == "tcp"
        assert told["mcp.protocol.version"] == "2026-07-28"

        ask(server, {}, traceparent=OTHER_TRACEPARENT)
        span = collector.span()
        assert span.trace_id.hex() == OTHER_TRACE_ID
        assert not span.links

        ask(server, {"traceparent": "no traceparent"})
        assert not collector.span().parent_span_id

        assert collector.duration("mcp.method.name", "tools/list").count >= 1


def test_a_trace_state_of_any_length_is_not_kept() -> None:
    """Clients write it, and spans wait in memory."""
    with Collector() as collector, start(collector) as server:
        for length, kept in [(10, True), (5000, False)]:
            state = f"vendor={'a' * length}"
            ask(server, {}, traceparent=TRACEPARENT, tracestate=state)
            assert bool(collector.span().trace_state) is kept
