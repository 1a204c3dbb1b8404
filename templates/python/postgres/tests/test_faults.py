"""A database that does not do its part.

Clients hear what is wrong, and nothing of where it is; the server goes on, and serves again as soon
as it can.
"""

from time import monotonic
from typing import Any

import anyio
import psycopg
import pytest
from mcp import Client

from . import sample, schema
from .database import OwnDatabase
from .proxy import Proxy
from .session import ended, serve
from .slow import ENDLESS
from .support import SOON, failure

UNREACHABLE = "the database cannot be reached; try again in a moment"

# A lookup, and a query.
CALLS: list[tuple[str, dict[str, Any]]] = [
    (sample.TOOL, sample.ARGUMENTS),
    ("run_query", {"sql": "SELECT count(*) FROM orders"}),
]


async def problems(client: Client) -> list[str]:
    """Return what callers read who get nothing."""
    return [failure(await client.call_tool(*call)) for call in CALLS]


async def assert_works(client: Client) -> None:
    for call in CALLS:
        result = await client.call_tool(*call)
        assert not result.is_error, result


def last_words(url: str) -> str:
    """Return the last line that the program writes before it ends by itself."""
    log = ended(DATABASE_URL=url).stderr
    message = log.splitlines()[-1]
    assert "DATABASE_URL" in message
    for secret in ("hunter2", "127.0.0.1", "localhost"):
        assert secret not in log
    return message


@pytest.mark.anyio
async def test_a_locked_table_is_said_and_waited_for(database: OwnDatabase) -> None:
    async with serve(**database.environment) as client:
        with psycopg.connect(database.url) as owner:
            owner.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
            text = "the database is locked; try again in a moment"
            assert await problems(client) == [text, text]
        await assert_works(client)


@pytest.mark.anyio
async def test_a_database_that_goes_away_is_found_again(database: OwnDatabase) -> None:
    async with (
        Proxy(database.url) as proxy,
        serve(DATABASE_URL=proxy.url) as client,
    ):
        for _ in range(2):
            await assert_works(client)
            await proxy.cut()
            assert await problems(client) == [UNREACHABLE, UNREACHABLE]
            await proxy.mend()
        await assert_works(client)


@pytest.mark.anyio
async def test_a_call_ends_when_the_database_goes_away(database: OwnDatabase) -> None:
    async with (
        Proxy(database.url) as proxy,
        serve(DATABASE_URL=proxy.url) as client,
    ):
        async with anyio.create_task_group() as cutting:

            async def cut() -> None:
                await anyio.sleep(0.5)
                await proxy.cut()

            cutting.start_soon(cut)
            assert failure(await client.call_tool("run_query", {"sql": ENDLESS})) == UNREACHABLE
        await proxy.mend()
        await assert_works(client)


@pytest.mark.anyio
async def test_a_database_that_says_nothing_is_not_waited_for(database: OwnDatabase) -> None:
    async with (
        Proxy(database.url) as proxy,
        serve(DATABASE_URL=proxy.url, MCP_QUERY_TIMEOUT_SECONDS="1") as client,
    ):
        await assert_works(client)
        proxy.hang(hangs=True)
        started = monotonic()
        for text in await problems(client):
            assert "127.0.0.1" not in text
        assert monotonic() - started < SOON
        proxy.hang(hangs=False)
        await assert_works(client)


def test_a_database_that_cannot_be_used_ends_the_program(database: OwnDatabase) -> None:
    assert "refused" in last_words("postgres://user:hunter2@127.0.0.1:1/db")

    schema.run(
        database.url,
        "CREATE TABLE applied_migrations (version integer); "
        "INSERT INTO applied_migrations VALUES (99)",
    )
    assert "newer version" in last_words(database.url)
