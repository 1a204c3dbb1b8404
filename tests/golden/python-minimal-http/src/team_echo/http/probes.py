"""What load balancers and container platforms ask.

The answers are for everyone, and say no more than they must.
"""

from anyio import Event
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


def routes(stopping: Event) -> list[Route]:
    """Return `/healthz`, the process is alive, and `/readyz`, it should be sent requests."""

    async def alive(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(_: Request) -> Response:
        if stopping.is_set():
            return PlainTextResponse("shutting down\n", 503)
        return PlainTextResponse("ready\n")

    return [Route("/healthz", alive), Route("/readyz", ready)]
