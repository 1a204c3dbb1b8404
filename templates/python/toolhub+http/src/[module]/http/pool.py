"""Metrics of the connections to the database, which are read when Prometheus asks."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ..backends.database import Database


class PoolMetrics(Collector):
    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        status = self._database.pool
        for name, text, value in (
            ("connections", "Most connections", status.size),
            ("connections_in_use", "Busy connections", status.in_use),
            ("requests_waiting", "Waiting requests", status.waiting),
        ):
            yield GaugeMetricFamily(f"mcp_database_{name}", text, value)
