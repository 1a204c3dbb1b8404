"""A database for a test, and what SQLite must not let through."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path


class OwnDatabase:
    """A file that is not there yet, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "database" / "data.sqlite"
        self.path.parent.mkdir()

    @property
    def environment(self) -> dict[str, str]:
        """What tells the program to use it."""
        return {"MCP_DATABASE_FILE": str(self.path)}

    def dump(self) -> str:
        """Return everything in it."""
        with closing(sqlite3.connect(self.path)) as connection:
            return str(
                [
                    connection.execute(sql).fetchall()
                    for sql in (
                        "SELECT * FROM sqlite_schema ORDER BY name",
                        "SELECT * FROM items ORDER BY sku",
                        "SELECT * FROM orders ORDER BY id",
                    )
                ]
            )


# Refused here in particular.
HOSTILE = [
    "SELECT trim(id, 'x') FROM orders",
    "REPLACE INTO items VALUES ('SKU-001', 'Nothing', 1, 1)",
    "PRAGMA writable_schema = ON",
    "PRAGMA table_info('orders')",
    "PRAGMA hard_heap_limit = 0",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA user_version = 99",
    "ATTACH DATABASE ':memory:' AS loot",
    "DETACH DATABASE main",
    "VACUUM INTO '/tmp/loot'",
    "CREATE VIRTUAL TABLE loot USING fts5 (x)",
    "CREATE TRIGGER loot AFTER UPDATE ON orders BEGIN DELETE FROM items; END",
    "EXPLAIN QUERY PLAN SELECT id FROM orders",
    "SELECT name FROM sqlite_master",
    "SELECT count(*) FROM sqlite_master",
    "SELECT count(*) FROM sqlite_temp_schema",
    "SELECT count(*) FROM SQLITE_MASTER",
    "SELECT * FROM pragma_database_list",
    "SELECT count(*) FROM pragma_database_list",
    "SELECT * FROM dbstat",
    "SELECT count(*) FROM DbStat",
    "SELECT value FROM json_each('[1]')",
    "SELECT zeroblob(1000000000)",
    "SELECT randomblob(1000000000)",
    "SELECT hex(zeroblob(100000000))",
    "SELECT printf('%.*c', 1000000000, 'x')",
    "SELECT format('%.*c', 1000000000, 'x')",
    "SELECT writefile('/tmp/loot', 'x')",
    "SELECT edit('x')",
    "SELECT sqlite_version()",
    "SELECT last_insert_rowid()",
    "SELECT fts5(1)",
    "SELECT id FROM orders WHERE id = :id",
    "SELECT id FROM orders WHERE id = ?",
    "SELECT instr(id, 'x') FROM orders",
]

if sys.version_info >= (3, 12):
    # Older ones read it as a text.
    HOSTILE.append('SELECT "loot" FROM orders')
