"""The standard variables of OpenTelemetry, as far as this program reads them itself.

They decide; without `OTEL_EXPORTER_OTLP_ENDPOINT` nothing is measured or sent.
"""

import os

from ..errors import ConfigError

# Variables that name a collector, and those that say how to speak to it.
ENDPOINTS = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
]
PROTOCOLS = [
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
]


def check_environment() -> None:
    """Refuse what this program could never send to. An empty variable counts as none."""
    for name in ENDPOINTS:
        value = os.environ.get(name)
        if value and not value.startswith("http://"):
            raise ConfigError(
                f"{name}: expected the address of a collector such as `http://127.0.0.1:4318`"
            )
    for name in PROTOCOLS:
        if os.environ.get(name) not in {None, "", "http/protobuf"}:
            raise ConfigError(f"{name}: expected `http/protobuf`")


def is_sent(signal: str) -> bool:
    """Tell whether a collector gets `TRACES` or `METRICS`."""
    names = ("OTEL_EXPORTER_OTLP_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
    return (
        any(os.environ.get(name) for name in names)
        and os.environ.get(f"OTEL_{signal}_EXPORTER") != "none"
        and os.environ.get("OTEL_SDK_DISABLED", "").lower() != "true"
    )
