"""A database that does not do its part.

Clients hear what is wrong, and nothing of where it is; the server goes on, and serves again as soon
as it can.
"""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from time import monotonic

import anyio
import pytest
from mcp import Client, MCPError

from . import sample
from .database import OwnDatabase
from .session import ended, serve
from .support import failure

posix = pytest.mark.skipif(sys.platform == "win32", reason="there an open file stays in its place")


async def problem(client: Client) -> str:
    """Return what a caller reads who gets no order."""
    text = failure(await client.call_tool(sample.TOOL, sample.ARGUMENTS))
    query = {"sql": "SELECT count(*) FROM orders"}
    assert failure(await client.call_tool("run_query", query)) == text
    return text


async def assert_works(client: Client) -> None:
    assert not (await client.call_tool(sample.TOOL, sample.ARGUMENTS)).is_error


def last_words(*command: str, **settings: str) -> str:
    """Return the last line that the program writes before it ends by itself."""
    return ended(*command, **settings).stderr.splitlines()[-1]


@pytest.mark.anyio
async def test_a_locked_database_is_said_and_waited_for(database: OwnDatabase) -> None:
    async with serve(**database.environment) as client:
        with closing(sqlite3.connect(database.path, isolation_level=None)) as owner:
            owner.execute("PRAGMA locking_mode = EXCLUSIVE")
            owner.execute("BEGIN EXCLUSIVE")
            assert await problem(client) == "the database is locked; try again in a moment"
            # They wait for one reading of the catalog, not one after the other for their own.
            started = monotonic()

            async def read() -> None:
                with pytest.raises(MCPError, match="the database is locked"):
                    await client.read_resource("catalog://all")

            async with anyio.create_task_group() as readers:
                for _ in range(20):
                    readers.start_soon(read)
            assert monotonic() - started < 5
        await assert_works(client)


@pytest.mark.anyio
async def test_who_writes_and_who_reads_do_not_wait_for_each_other(database: OwnDatabase) -> None:
    async with serve(**database.environment) as client:
        await assert_works(client)
        with closing(sqlite3.connect(database.path, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("UPDATE orders SET quantity = 7")
            await assert_works(client)
            writer.execute("COMMIT")
        order = await client.call_tool(sample.TOOL, sample.ARGUMENTS)
        assert order.structured_content
        assert order.structured_content["quantity"] == 7


@posix
@pytest.mark.anyio
async def test_a_database_that_goes_away_is_found_again(
    database: OwnDatabase, tmp_path: Path
) -> None:
    async with serve(**database.environment) as client:
        await assert_works(client)
        folder, elsewhere = database.path.parent, tmp_path / "elsewhere"
        for content in (None, "no database"):
            folder.rename(elsewhere)
            if content:
                folder.mkdir()
                database.path.write_text(content)
            text = "the database cannot be read; try again in a moment"
            assert await problem(client) == text
            if content:
                database.path.unlink()
                folder.rmdir()
            elsewhere.rename(folder)
            await assert_works(client)


def test_a_database_that_cannot_be_used_ends_the_program_and_is_named(tmp_path: Path) -> None:
    message = last_words(MCP_DATABASE_FILE=str(tmp_path / "no/such/folder"))
    assert "MCP_DATABASE_FILE" in message
    assert "unable to open" in message

    path = tmp_path / "data.sqlite"
    path.write_text("no database, but a longer text than its header")
    message = last_words(MCP_DATABASE_FILE=str(path))
    assert "MCP_DATABASE_FILE" in message
    assert "not a database" in message

    path.unlink()
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 99")
    message = last_words(MCP_DATABASE_FILE=str(path))
    assert "MCP_DATABASE_FILE" in message
    assert "newer version" in message


@posix
@pytest.mark.anyio
async def test_a_full_disk_ends_the_program_and_nothing_is_half_done(database: OwnDatabase) -> None:
    # A limit on the size of files stands for a disk that is full.
    limited = 'trap "" XFSZ; ulimit -f 16; exec "$0" "$@"'
    settings = database.environment | {"PYTHONDONTWRITEBYTECODE": "1"}
    message = last_words("sh", "-c", limited, **settings)
    assert "MCP_DATABASE_FILE" in message

    async with serve(**database.environment) as client:
        await assert_works(client)


@pytest.mark.anyio
async def test_data_stays_when_the_server_is_started_again(database: OwnDatabase) -> None:
    for _ in range(2):
        async with serve(**database.environment) as client:
            await assert_works(client)
    assert database.dump().count("ORD-1001") == 1
