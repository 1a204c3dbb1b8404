"""Changes over HTTP, between clients of both eras."""

import sys

import anyio
import pytest

from . import sample
from .connecting import connect
from .listening import Listener
from .serving import HttpProcess
from .support import SOON

pytestmark = pytest.mark.anyio


async def test_a_change_reaches_the_other_clients_of_both_eras() -> None:
    listener = Listener()
    with HttpProcess() as server:
        async with (
            connect(server.url, "legacy", message_handler=listener),
            connect(server.url, "2026-07-28") as current,
            current.listen(resources_list_changed=True) as stream,
            connect(server.url, "2026-07-28") as other,
        ):
            await other.call_tool(sample.TOOL, sample.ARGUMENTS)
            with anyio.fail_after(SOON):
                await anext(aiter(stream))
            await listener.heard()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
async def test_a_request_to_stop_ends_a_stream_with_its_result() -> None:
    with HttpProcess() as server:
        async with (
            connect(server.url, "2026-07-28") as client,
            client.listen(resources_list_changed=True) as stream,
        ):
            server.process.terminate()
            # A stream that is merely cut raises `SubscriptionLost`.
            assert [event async for event in stream] == []
        assert server.process.wait(SOON) == 0
