"""The stdio transport: one client, which started this process."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress

import structlog

from .server import Server
from .shutdown import on_signal

log = structlog.stdlib.get_logger(__name__)

CHUNK_BYTES = 64 * 1024


async def serve(server: Server) -> None:
    """Serve until the client closes stdin or the process is asked to stop."""
    with on_signal(_closable_stdin()):
        log.info("server ready", transport="stdio")
        await server.run_stdio_async()


def _closable_stdin() -> Callable[[], None]:
    """Put a pipe in front of stdin, and return what ends it.

    Nothing can wake the thread in which the SDK waits for stdin, and it would hold up the exit.
    The end of the pipe is the end of input, at which the SDK stops in its usual order.
    """
    source = os.dup(0)
    readable, writable = os.pipe()
    os.dup2(readable, 0)
    os.close(readable)

    def end() -> None:
        # Not `close`: the thread below may be about to write.
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), writable)

    def pump() -> None:
        with suppress(OSError):
            while chunk := os.read(source, CHUNK_BYTES):
                os.write(writable, chunk)
        end()

    threading.Thread(target=pump, daemon=True).start()
    return end
