"""OpenTelemetry over OTLP: what is sent to a collector, and what a span says."""
