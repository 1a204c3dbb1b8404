"""Who sends spans and metrics, where to, and until when."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import structlog
from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from .environment import is_sent
from .. import NAME, __version__
from ..errors import ConfigError

log = structlog.stdlib.get_logger(__name__)

# How many seconds it may take to send what is left when the process ends.
PATIENCE = 2


@contextmanager
def sending() -> Iterator[None]:
    """Let threads send what is measured, from queues that are bounded: no request waits."""
    try:
        closers = _start()
    except ValueError as error:
        raise ConfigError(f"OpenTelemetry cannot start: {error}") from None
    try:
        yield
    finally:
        _close(closers)


def _start() -> list[Callable[[], None]]:
    """Start what the environment asks for, and return what ends it."""
    resource = _resource()
    closers: list[Callable[[], None]] = []
    if is_sent("TRACES"):
        traces = TracerProvider(resource=resource, shutdown_on_exit=False)
        traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        trace.set_tracer_provider(traces)
        closers.append(traces.shutdown)
    if is_sent("METRICS"):
        reader = PeriodicExportingMetricReader(OTLPMetricExporter())
        meters = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
        metrics.set_meter_provider(meters)
        closers.append(meters.shutdown)
    return closers


def _resource() -> Resource:
    """Say who measures: this program, unless the environment calls it otherwise."""
    own = {"service.name": NAME, "service.version": __version__}
    return Resource.create(own | dict(OTELResourceDetector().detect().attributes))


def _close(closers: list[Callable[[], None]]) -> None:
    """Send what is left, as long as the collector takes it."""
    threads = [threading.Thread(target=close, daemon=True) for close in closers]
    for thread in threads:
        thread.start()
    deadline = monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0, deadline - monotonic()))
    if any(thread.is_alive() for thread in threads):
        log.warning("the collector took too long, and the last spans and metrics are lost")
