"""Process entry point: settings, logs, transport, exit code."""

import asyncio
import sys

import structlog

from . import stdio
from .app import App
from .config import load
from .errors import ConfigError
from .http import site
from .logging_conf import configure_logging
from .server import Server

log = structlog.stdlib.get_logger(__name__)

FAILURE = 1
# Exit code for settings that cannot work, as for wrong arguments.
USAGE = 2


def main() -> int:
    try:
        settings = load(sys.argv[1:])
        configure_logging(settings.log, settings.log_format)
        return run(Server(App(settings)))
    except ConfigError as error:
        sys.stderr.write(f"error: {error}\n")
        return USAGE


def run(server: Server) -> int:
    """Serve until the process is asked to stop, and return its exit code."""
    try:
        match server.app.settings.transport:
            case "stdio":
                asyncio.run(stdio.serve(server))
            case "http":
                asyncio.run(site.serve(server))
    except Exception:
        log.exception("the server stopped with an error")
        return FAILURE
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
