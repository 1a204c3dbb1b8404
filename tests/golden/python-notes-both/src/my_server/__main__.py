"""Process entry point: settings, logs, transport."""

from .config import load
from .runtime import http, logs, stdio
from .server import create_server
from .state import State


def main() -> None:
    settings = load()
    logs.configure(settings.log, settings.log_format)
    mcp = create_server(State(settings))
    if settings.transport == "http":
        http.serve(mcp, settings)
    else:
        stdio.serve(mcp)


if __name__ == "__main__":
    main()
