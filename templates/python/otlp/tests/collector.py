"""A collector that stands in for a real one: it takes OTLP over HTTP and decodes it."""

import queue
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import HistogramDataPoint
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from .support import SOON

# The trace that clients are in, and their span.
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SPAN_ID = "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"


class Collector:
    def __init__(self) -> None:
        self._spans: queue.Queue[Span] = queue.Queue()
        self._durations: queue.Queue[HistogramDataPoint] = queue.Queue()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                assert self.headers["Content-Type"] == "application/x-protobuf"
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.take(self.path, body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, path: str, body: bytes) -> None:
        if path == "/v1/traces":
            traces = ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in (scope for resource in traces for scope in resource.scope_spans):
                for span in scope.spans:
                    self._spans.put(span)
        else:
            assert path == "/v1/metrics"
            metrics = ExportMetricsServiceRequest.FromString(body).resource_metrics
            for scope in (scope for resource in metrics for scope in resource.scope_metrics):
                for metric in scope.metrics:
                    assert metric.name == "mcp.server.operation.duration"
                    for point in metric.histogram.data_points:
                        self._durations.put(point)

    def span(self) -> Span:
        """Wait for the next span."""
        return self._spans.get(timeout=SOON)

    def duration(self, key: str, value: str) -> HistogramDataPoint:
        """Wait for how long requests took that have this attribute."""
        while values((point := self._durations.get(timeout=SOON)).attributes).get(key) != value:
            pass
        return point


def values(attributes: Iterable[KeyValue]) -> dict[str, str]:
    return {attribute.key: attribute.value.string_value for attribute in attributes}
