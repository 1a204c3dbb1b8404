"""The stdio transport: one client, which started this process."""

import asyncio
import os
import sys
import threading
from contextlib import suppress

import anyio
import structlog
from mcp.os.win32.utilities import rebind_std_handle_to_fd
from mcp.server.stdio import stdio_server

from .server import Server
from .shutdown import on_signal

log = structlog.stdlib.get_logger(__name__)

# How many lines are read before the server asks for them.
READ_AHEAD = 16


class Stdin(anyio.AsyncFile[str]):
    """The lines of stdin, read by a thread that nothing waits for.

    The SDK's own thread would hold up the exit, since nothing can wake it.
    """

    def __init__(self) -> None:
        super().__init__(os.fdopen(_take_stdin(), encoding="utf-8", errors="replace"))
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._room = threading.Semaphore(READ_AHEAD)
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    async def readline(self) -> str:
        line = await self._lines.get()
        self._room.release()
        return line

    def end(self) -> None:
        """Let the lines end here, at which the SDK stops in its usual order."""
        self._put("")

    def _read(self) -> None:
        with suppress(OSError):
            for line in self.wrapped:
                self._room.acquire()
                self._put(line)
        self.end()

    def _put(self, line: str) -> None:
        # The loop may have been closed meanwhile.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)


def _take_stdin() -> int:
    """Return a descriptor of stdin's input, which handlers and their children then cannot read."""
    source = os.dup(0)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
    with suppress(OSError):
        rebind_std_handle_to_fd(0)
    return source


async def serve(server: Server) -> None:
    """Serve until the client closes stdin or the process is asked to stop."""
    if sys.stdin is None:
        raise OSError("stdin is closed, and messages would come from there")
    stdin = Stdin()
    mcp = server._lowlevel_server  # noqa: SLF001 - `run_stdio_async` would read stdin itself
    with on_signal(stdin.end):
        log.info("server ready", transport="stdio")
        async with stdio_server(stdin) as (received, sent):
            await mcp.run(received, sent, mcp.create_initialization_options())
