"""The Streamable HTTP transport."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ..config import Settings


# The streams that clients hold open: Uvicorn would wait for them when the server stops.
class Streams:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.open: set[anyio.CancelScope] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET" and (b"mcp-method", b"subscriptions/listen") not in scope["headers"]:
            return await self.app(scope, receive, send)
        # Streams cannot be resumed, and mcp would not answer who tries.
        scope["headers"] = [header for header in scope["headers"] if header[0] != b"last-event-id"]
        with anyio.CancelScope() as stream:
            self.open.add(stream)
            try:
                return await self.app(scope, receive, send)
            finally:
                self.open.discard(stream)
        return await send({"type": "http.response.body"})


def serve(mcp: MCPServer, settings: Settings) -> None:
    hosts, origins = settings.allowed_hosts.split(","), settings.allowed_origins.split(",")
    security = TransportSecuritySettings(allowed_hosts=[*hosts, *(f"{it}:*" for it in hosts)], allowed_origins=origins)
    app = mcp.streamable_http_app(transport_security=security, max_request_body_size=1024 * 1024)
    app.router.redirect_slashes = False  # behind a proxy, `/mcp/` would lead to `http:`
    streams = Streams(app)
    pattern = "|".join(re.escape(origin).replace(r":\*", r":\d+") for origin in origins)
    cors = Middleware(
        CORSMiddleware, allow_origin_regex=pattern, allow_methods=["*"], allow_headers=["*"], expose_headers=["*"]
    )

    def stop() -> None:
        for stream in streams.open:
            stream.cancel()
        server.should_exit = True

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        # With Uvicorn's handlers the process would end as if killed, and sse-starlette would cut calls off.
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, lambda *_: loop.call_soon_threadsafe(stop))
        async with mcp.session_manager.run():
            yield

    routes = [Route("/healthz", lambda _: PlainTextResponse("ok\n")), Mount("/", streams)]
    config = uvicorn.Config(
        Starlette(routes=routes, middleware=[cors], lifespan=lifespan),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=settings.shutdown_grace_seconds,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[config.bind_socket()])
