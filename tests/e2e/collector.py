"""An OpenTelemetry collector that prints what it gets: its address, then a line of JSON for each span and each metric."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

PRINTING = threading.Lock()


def tell(**what: Any) -> None:
    with PRINTING:
        print(json.dumps(what), flush=True)


def values(attributes: Any) -> dict[str, str]:
    return {attribute.key: attribute.value.string_value for attribute in attributes}


def traces(body: bytes) -> None:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = values(resource.resource.attributes)["service.name"]
        for span in (span for scope in resource.scope_spans for span in scope.spans):
            tell(
                span=span.name,
                kind=Span.SpanKind.Name(span.kind),
                trace=span.trace_id.hex(),
                parent=span.parent_span_id.hex(),
                attributes=values(span.attributes),
                service=service,
            )


def metrics(body: bytes) -> None:
    for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
        for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
            for point in metric.histogram.data_points:
                tell(metric=metric.name, count=point.count, attributes=values(point.attributes))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        {"/v1/traces": traces, "/v1/metrics": metrics}[self.path](body)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Standard output is for what was got."""


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tell(endpoint=f"http://127.0.0.1:{server.server_port}")
    server.serve_forever()


main()
