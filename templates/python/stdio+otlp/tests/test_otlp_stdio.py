"""What a program that serves stdio sends to a collector."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from . import sample
from .collector import SPAN_ID, TRACE_ID, TRACEPARENT, Collector, values
from .piping import StdioProcess
from .support import INITIALIZE, refusal


@contextmanager
def session(endpoint: str, **settings: str) -> Iterator[StdioProcess]:
    """Open a session of an older client, and let it end well."""
    with StdioProcess(OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, **settings) as process:
        process.send(INITIALIZE)
        process.answer(0)
        yield process
        assert not process.leave()


def call(process: StdioProcess, name: str, arguments: object, **meta: str) -> dict[str, Any]:
    params = {"name": name, "arguments": arguments, "_meta": meta}
    process.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    return process.answer(1)


def test_a_call_is_a_span_in_the_trace_of_its_client() -> None:
    with Collector() as collector:
        with session(collector.endpoint, MCP_LOG="debug") as process:
            call(process, sample.TOOL, sample.ARGUMENTS, traceparent=TRACEPARENT)
            call(process, sample.TOOL, {})
            call(process, "made-up", {})
        assert process.logged("tool called")["trace_id"] == TRACE_ID

        span = collector.span()
        assert span.name == f"tools/call {sample.TOOL}"
        assert span.trace_id.hex() == TRACE_ID
        assert span.parent_span_id.hex() == SPAN_ID
        assert span.kind == Span.SPAN_KIND_SERVER
        assert span.status.code == Status.STATUS_CODE_UNSET
        assert values(span.attributes) == {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": sample.TOOL,
            "jsonrpc.request.id": "1",
            "mcp.method.name": "tools/call",
            "mcp.protocol.version": "2025-11-25",
            "network.transport": "pipe",
        }

        span = collector.span()
        assert span.name == f"tools/call {sample.TOOL}"
        assert span.trace_id.hex() != TRACE_ID
        assert values(span.attributes)["error.type"] == "tool_error"
        assert span.status.code == Status.STATUS_CODE_ERROR

        span = collector.span()
        assert span.name == "tools/call"
        assert values(span.attributes)["error.type"] == "-32602"
        assert "made-up" not in str(span)

        assert collector.duration("gen_ai.tool.name", sample.TOOL).count == 1


def test_a_collector_that_is_gone_or_hangs_disturbs_nobody() -> None:
    small = {
        "OTEL_BSP_SCHEDULE_DELAY": "1",
        "OTEL_BSP_MAX_QUEUE_SIZE": "16",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "16",
    }
    # Nobody listens at the first address, and the second one is never answered from.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        for endpoint, told in [("http://127.0.0.1:9", 1), (f"http://127.0.0.1:{port}", 0)]:
            with session(endpoint, **small) as process:
                for _ in range(200):
                    assert not call(process, sample.TOOL, sample.ARGUMENTS)["result"]["isError"]
            log = [line for line in process.log if line["target"].startswith("opentelemetry")]
            assert told <= len(log) <= 1, log


def test_a_setting_that_could_never_work_is_refused() -> None:
    assert "OTEL_EXPORTER_OTLP_PROTOCOL" in refusal(OTEL_EXPORTER_OTLP_PROTOCOL="grpc")
