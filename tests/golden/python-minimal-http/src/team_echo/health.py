"""`--health-check`: asks the running server, for containers, whose image has no other client."""

import sys
from http.client import HTTPConnection, HTTPException

from .config import Settings

# How long the server may take to accept, and then to answer.
PATIENCE_SECONDS = 2


def check(settings: Settings) -> int:
    """Ask the server that runs with these settings on this machine, and return an exit code."""
    host = settings.host
    # Who listens on every address is asked at the loopback one.
    loopback = "127.0.0.1" if host.version == 4 else "::1"
    connection = HTTPConnection(
        loopback if host.is_unspecified else str(host), settings.port, timeout=PATIENCE_SECONDS
    )
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        status = connection.getresponse().status
        problem = "" if status == 200 else f"/healthz is answered with {status}"
    except (OSError, HTTPException) as error:
        problem = str(error).strip() or type(error).__name__
    if problem:
        address = f"{connection.host}:{connection.port}"
        sys.stderr.write(f"error: no healthy server at {address}: {problem}\n")
    return bool(problem)
