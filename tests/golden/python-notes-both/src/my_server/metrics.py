"""Metrics in the format of Prometheus."""

from collections.abc import Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST

OUTCOMES = ["ok", "error", "cancelled"]

# The statuses of requests that reach no handler.
REFUSALS = {403, 408, 413, 429, 503}

# From half a millisecond to 16 seconds.
BUCKETS = [0.0005 * 2**n for n in range(16)]


class Metrics:
    """Labels take only values that this server knows, so that no client can fill the memory."""

    def __init__(self) -> None:
        disable_created_metrics()
        # Not the global registry, which refuses a second server in the same process.
        self.registry = CollectorRegistry()
        labels = ["tool", "outcome"]
        self._calls = Counter("mcp_tool_calls", "Tool calls", labels, registry=self.registry)
        self._durations = Histogram(
            "mcp_tool_call_duration_seconds",
            "Duration of tool calls",
            labels,
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._requests = Counter(
            "mcp_requests", "Answered requests", ["method", "outcome"], registry=self.registry
        )
        self._in_flight = Gauge(
            "mcp_requests_in_flight", "Requests under way", registry=self.registry
        )
        self._sessions = Gauge(
            "mcp_sessions", "Open sessions of older clients", registry=self.registry
        )
        self._refusals = Counter(
            "mcp_http_refusals", "HTTP requests refused", ["status"], registry=self.registry
        )

    def expect(self, tools: Iterable[str]) -> None:
        """Show these tools from now on, called or not."""
        for tool in tools:
            for outcome in OUTCOMES:
                self._calls.labels(tool, outcome)
                self._durations.labels(tool, outcome)

    def begin(self) -> None:
        """Count a request as in flight."""
        self._in_flight.inc()

    def end(self, method: str, tool: str | None, outcome: str, elapsed: float) -> None:
        """Count a request as answered, and a call for its tool if there is such a tool."""
        self._in_flight.dec()
        self._requests.labels(method, outcome).inc()
        if tool is not None:
            self._calls.labels(tool, outcome).inc()
            self._durations.labels(tool, outcome).observe(elapsed)

    def count_refusal(self, status: int) -> None:
        if status in REFUSALS:
            self._refusals.labels(status).inc()

    def render(self, sessions: int) -> bytes:
        """Return every metric as text, with the number of sessions that are open now."""
        self._sessions.set(sessions)
        text: bytes = generate_latest(self.registry)
        return text
