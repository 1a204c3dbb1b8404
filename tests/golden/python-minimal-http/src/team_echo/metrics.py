"""Metrics in the format of Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

# From half a millisecond to 16 seconds.
BUCKETS = [0.0005 * 2**n for n in range(16)]


class Metrics:
    """Labels take only values that this server knows, so that no client can fill the memory."""

    def __init__(self) -> None:
        # Not the global registry, which refuses a second server in the same process.
        self._registry = CollectorRegistry()
        labels = ["tool", "outcome"]
        self._calls = Counter("mcp_tool_calls", "Tool calls", labels, registry=self._registry)
        self._durations = Histogram(
            "mcp_tool_call_duration_seconds",
            "Duration of tool calls",
            labels,
            buckets=BUCKETS,
            registry=self._registry,
        )

    def record_call(self, tool: str, *, ok: bool, elapsed: float) -> None:
        outcome = "ok" if ok else "error"
        self._calls.labels(tool, outcome).inc()
        self._durations.labels(tool, outcome).observe(elapsed)

    def render(self) -> bytes:
        """Return every metric as text."""
        return generate_latest(self._registry)
