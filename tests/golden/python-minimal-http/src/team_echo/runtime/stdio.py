"""The stdio transport, which ends with stdin or with a signal."""

import io
import os
import select
import signal
import sys

from mcp.server.mcpserver import MCPServer

WAKE, STOP = os.pipe()


# The SDK reads in a thread, which nothing else could wake.
class Stdin(io.FileIO):
    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]
        ready, _, _ = select.select([self.fileno(), WAKE], [], [])
        return 0 if WAKE in ready else super().readinto(buffer)


def serve(mcp: MCPServer) -> None:
    if sys.stdin.isatty():
        sys.stderr.write("waiting for a client on stdin; to try it, use `make inspect` or `--transport http` instead\n")
    if sys.platform != "win32":  # where `select` takes no pipes
        sys.stdin = io.TextIOWrapper(io.BufferedReader(Stdin(os.dup(0))))
        # What handlers and their children read must not be the protocol.
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, lambda *_: os.write(STOP, b"."))
    mcp.run("stdio")
