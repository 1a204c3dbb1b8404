"""Traces and metrics over OTLP. The SDK makes the spans; its own variables say where they go."""

import os
from time import perf_counter

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from ..config import PACKAGE

# Until `configure` sets a provider, these go nowhere.
METER = metrics.get_meter(__name__)
DURATION = METER.create_histogram("mcp.server.operation.duration", unit="s", description="Duration of requests")


def configure() -> None:
    """Send what is recorded, if there is a collector. What is left is sent when the process ends."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return
    os.environ.setdefault("OTEL_SERVICE_NAME", PACKAGE["Name"])
    resource = Resource.create({"service.version": PACKAGE["Version"]})
    tracer = TracerProvider(resource=resource)
    tracer.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(tracer)
    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    metrics.set_meter_provider(MeterProvider(resource=resource, metric_readers=[reader]))


async def measure(ctx: ServerRequestContext, call_next: CallNext) -> HandlerResult:
    if ctx.request_id is None or ctx.method == "subscriptions/listen":
        return await call_next(ctx)
    started = perf_counter()
    try:
        return await call_next(ctx)
    finally:
        DURATION.record(perf_counter() - started, {"mcp.method.name": ctx.method})
