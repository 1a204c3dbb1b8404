"""Statements that `run_query` must refuse or bound. The database is the same afterwards."""

import json
import os
import re
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest
from mcp import Client

from . import sample
from .database import HOSTILE, OwnDatabase
from .session import serve
from .support import failure

# What is no single SELECT over the tables of the server.
REFUSED = [
    # Writes
    "INSERT INTO items VALUES ('SKU-999', 'Nothing', 1, 1)",
    "INSERT INTO items VALUES ('SKU-999', 'Nothing', 1, 1) RETURNING sku",
    "UPDATE orders SET status = 'pending'",
    "UPDATE orders SET status = 'pending' RETURNING id",
    "DELETE FROM orders",
    "TRUNCATE orders",
    "WITH gone AS (DELETE FROM orders RETURNING id) SELECT id FROM gone",
    "SELECT id INTO loot FROM orders",
    "CREATE TABLE loot (id integer)",
    "CREATE TABLE loot AS SELECT id FROM orders",
    "CREATE TEMPORARY TABLE loot (id integer)",
    "CREATE VIEW loot AS SELECT id FROM orders",
    "CREATE INDEX loot ON orders (customer)",
    "ALTER TABLE orders ADD COLUMN loot integer",
    "DROP TABLE orders",
    "DROP INDEX orders_by_status",
    # Ways out of the transaction, or of the statement
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT a",
    "COMMIT; DROP TABLE orders",
    "SELECT 1; DELETE FROM orders",
    "SELECT 1; SELECT 2",
    "SELECT 1) ; DROP TABLE orders; --",
    # Other statements
    "",
    " ;",
    "-- nothing but a comment",
    "EXPLAIN SELECT id FROM orders",
    "ANALYZE",
    "REINDEX",
    "VACUUM",
    "PRAGMA query_only = OFF",
    "SET TRANSACTION READ WRITE",
    "SET statement_timeout = 0",
    "RESET ALL",
    "ATTACH DATABASE '/tmp/loot' AS loot",
    "COPY orders TO PROGRAM 'sh'",
    "COPY orders TO '/tmp/loot'",
    "COPY orders FROM '/etc/passwd'",
    "DO $$ BEGIN DELETE FROM orders; END $$",
    "CALL loot()",
    "LOCK TABLE orders",
    "GRANT ALL ON orders TO PUBLIC",
    "PREPARE loot AS SELECT 1",
    "LISTEN loot",
    # What is not for callers
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_sleep(60)",
    "SELECT load_extension('/tmp/loot')",
    "SELECT readfile('/etc/passwd')",
    "SELECT * FROM sqlite_schema",
    "SELECT * FROM pg_shadow",
    "SELECT * FROM loot",
    # Mistakes
    "SELECT FROM WHERE orders",
    "SELECT 'never closed",
    "SELECT loot FROM orders",
    "SELECT id FROM orders WHERE id = $1",
]

# What is a SELECT, and asks for too much.
BOUNDED = [
    "SELECT a.id, b.customer, c.customer FROM orders a, orders b, orders c",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT max(i) FROM n",
    (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i FROM n ORDER BY i DESC"
    ),
    "WITH RECURSIVE n(t) AS (SELECT 'x' UNION ALL SELECT t || t FROM n) SELECT length(t) FROM n",
    (
        "SELECT count(*) FROM orders a, orders b, orders c, orders d, orders e, orders f, "
        "orders g, orders h"
    ),
    (
        "SELECT a.customer || b.customer || c.customer || d.customer AS t "
        "FROM orders a, orders b, orders c, orders d, orders e, orders f ORDER BY t"
    ),
    # Seven kilobytes a row
    (
        "SELECT replace(replace(replace('xxxxxxxxxx', 'x', 'yyyyyyyyyy'), 'y', 'zzzzzzzzzz'), "
        "'z', 'vvvvvvv') || a.id || b.id AS t "
        "FROM orders a, orders b, orders c, orders d, orders e, orders f ORDER BY t DESC"
    ),
    (
        "SELECT string_agg(a.customer || b.customer, ',') "
        "FROM orders a, orders b, orders c, orders d, orders e, orders f"
    ),
    (
        "SELECT DISTINCT a.id || b.id || c.id || d.id || e.id || f.id "
        "FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g"
    ),
]

# The limits of the settings, and how much later an answer may come on a busy machine.
MAX_ROWS = 50
MAX_BYTES = 8192
SECONDS = 1
DELAY_SECONDS = 4

# What the server may hold in memory at its peak, where the system tells.
MAX_MEMORY_KIB = 256 * 1024


async def run(client: Client, sql: str) -> str | None:
    """Return what the model reads when `sql` was refused."""
    started = monotonic()
    result = await client.call_tool("run_query", {"sql": sql})
    assert monotonic() - started < SECONDS + DELAY_SECONDS, sql
    if result.is_error:
        text = failure(result)
        for secret in ("/tmp", "/etc", "Traceback", "internal error"):  # noqa: S108
            assert secret not in text or secret in sql, (sql, text)
        return text
    assert result.structured_content is not None
    rows = result.structured_content["rows"]
    assert len(rows) <= MAX_ROWS, sql
    assert len(json.dumps(rows)) <= MAX_BYTES * 2, sql
    return None


@pytest.mark.anyio
@pytest.mark.timeout(300)
async def test_no_statement_changes_the_database_or_takes_too_much(database: OwnDatabase) -> None:
    limits = {
        "MCP_QUERY_MAX_ROWS": str(MAX_ROWS),
        "MCP_QUERY_MAX_BYTES": str(MAX_BYTES),
        "MCP_QUERY_TIMEOUT_SECONDS": str(SECONDS),
    }
    async with serve(**database.environment, **limits) as client:
        before = database.dump()
        assert "ORD-1001" in before
        for sql in REFUSED + HOSTILE:
            assert await run(client, sql), f"{sql} was not refused"
        for sql in BOUNDED:
            await run(client, sql)
        assert database.dump() == before
        assert not (await client.call_tool(sample.TOOL, sample.ARGUMENTS)).is_error
        assert peak_memory() < MAX_MEMORY_KIB


def peak_memory() -> int:
    """Return the most memory that the server has used, in KiB, where the system tells."""
    peaks = [0]
    for path in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            status = path.read_text(encoding="utf-8")
            pattern = rf"(?ms)^PPid:\s+{os.getpid()}$.*^VmHWM:\s+(\d+) kB"
            peak = re.search(pattern, status)
            peaks += [int(peak[1])] if peak else []
    return max(peaks)
