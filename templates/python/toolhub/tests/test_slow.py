"""A slow query: what its caller and the others see of it."""

import pytest

from . import sample
from .session import serve
from .slow import ENDLESS, ONE_CONNECTION, running, wait_until_free
from .support import ERAS, failure

pytestmark = pytest.mark.anyio


async def test_a_query_is_stopped_in_time_and_its_caller_hears_why() -> None:
    async with serve(MCP_QUERY_TIMEOUT_SECONDS="1") as client:
        result = await client.call_tool("run_query", {"sql": ENDLESS})
        assert failure(result) == "the query was refused: it takes longer than 1 s"
        assert not (await client.call_tool(sample.TOOL, sample.ARGUMENTS)).is_error


async def test_slow_queries_leave_connections_to_the_others() -> None:
    async with (
        serve(MCP_DATABASE_CONNECTIONS="2") as client,
        running(client),
        running(client),
    ):
        assert not (await client.call_tool(sample.TOOL, sample.ARGUMENTS)).is_error


async def test_who_finds_every_connection_in_use_is_told_so() -> None:
    async with serve(**ONE_CONNECTION) as client:
        async with running(client):
            result = await client.call_tool(sample.TOOL, sample.ARGUMENTS)
        text = "all connections to the database are in use; try again in a moment"
        assert failure(result) == text
        await wait_until_free(client)


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_hears_of_progress_and_cancels(era: str) -> None:
    async with serve(era, **ONE_CONNECTION) as client:
        async with running(client, reports=2):
            pass
        await wait_until_free(client)
