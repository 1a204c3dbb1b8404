"""What OpenTelemetry adds to the logs, and what it is kept from adding."""

import logging
import threading
from time import monotonic

from opentelemetry import trace
from structlog.typing import EventDict

# How often, in seconds, the log may say that nothing can be sent.
COMPLAINT_INTERVAL = 60


def add_trace_id(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Name the trace in which a line was written."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
    return event


class Seldom(logging.Filter):
    """Lets a collector that is gone be told of once in a while."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith("opentelemetry"):
            return True
        with self._lock:
            now = monotonic()
            due = now >= self._next
            if due:
                self._next = now + COMPLAINT_INTERVAL
            return due
