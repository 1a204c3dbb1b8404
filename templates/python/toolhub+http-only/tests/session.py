"""A server and a client of it."""

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from mcp import Client

from .connecting import connect
from .serving import SETTINGS, HttpProcess
from .support import COMMAND, ERAS, SOON, environment


def ended(*command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the program, perhaps below another one, until it ends by itself, with code 1."""
    process = subprocess.run(
        [*command, *COMMAND],
        env=environment(**SETTINGS | settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=SOON,
        check=False,
    )
    assert process.returncode == 1, process.stderr
    return process


@asynccontextmanager
async def serve(era: str = ERAS[-1], **settings: str) -> AsyncIterator[Client]:
    # In a thread, since what it waits for may need the event loop of the test.
    with await to_thread.run_sync(lambda: HttpProcess(**settings)) as process:
        async with connect(process.url, era, read_timeout_seconds=SOON) as client:
            yield client
