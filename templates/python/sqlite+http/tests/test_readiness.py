"""`/readyz` and the pool's metrics, with a database that fails and recovers."""

import sqlite3
from contextlib import closing
from time import monotonic, sleep

from .database import OwnDatabase
from .serving import HttpProcess
from .support import SOON


def test_a_server_is_ready_while_its_database_answers(database: OwnDatabase) -> None:
    with HttpProcess(**database.environment) as process:
        assert process.get("/readyz").status == 200
        metrics = process.get("/metrics").read().decode()
        assert "mcp_database_connections 8.0" in metrics
        assert "mcp_database_connections_in_use 0.0" in metrics
        assert "mcp_database_requests_waiting 0.0" in metrics

        with closing(sqlite3.connect(database.path)) as connection:
            for change, status in [
                ("ALTER TABLE items RENAME TO gone", 503),
                ("ALTER TABLE gone RENAME TO items", 200),
            ]:
                connection.execute(change)
                # An answer holds for a second.
                latest = monotonic() + SOON
                while process.get("/readyz").status != status:
                    assert monotonic() < latest
                    sleep(0.1)
                assert process.get("/healthz").status == 200
