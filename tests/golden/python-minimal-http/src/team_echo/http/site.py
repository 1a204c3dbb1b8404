"""Routes of the Streamable HTTP transport, the ports they are on, and their shutdown."""

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import anyio
import structlog
import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router

from . import probes
from .connections import Connection
from .guard import Guard
from .limits import Admission, Streams, WholeBody
from .rate import RateLimit
from .refusals import Refusals
from .request import Identify
from ..auth import TokenCheck, Tokens
from ..config import Settings
from ..metrics import CONTENT_TYPE
from ..server import Server
from ..shutdown import on_signal

log = structlog.stdlib.get_logger(__name__)

# How long connections are kept for one more request after the server was told to stop.
LAST_REQUEST_TIME = 1.0
# How often it looks whether they are gone.
POLL_TIME = 0.01


async def serve(server: Server) -> None:
    """Serve until the process is asked to stop, then let open requests finish in the grace time."""
    settings = server.app.settings
    server.app.metrics.expect([tool.name for tool in await server.list_tools()])
    streams = _mcp(server, settings)
    routes = [Route("/mcp", streams, middleware=_limits(settings))]
    metrics = Route("/metrics", _metrics(server))
    listener = _listen(settings, settings.port, "MCP_PORT")
    sites: list[Site] = []
    if settings.metrics_port is None:
        routes.append(metrics)
    else:
        own = _listen(settings, settings.metrics_port, "MCP_METRICS_PORT")
        log.info("metrics ready", address=_address(own))
        sites.append(Site(Starlette(routes=[_guarded([metrics], server)]), own, settings))
    stopping = anyio.Event()
    app = Starlette(
        # Probes reach a server by many names, and learn little here.
        routes=[*probes.routes(stopping), _guarded(routes, server)],
    )
    sites.append(
        Site(
            app,
            listener,
            settings,
            before_shutdown=[
                streams.close,
            ],
        )
    )

    loop = asyncio.get_running_loop()
    with on_signal(lambda: loop.call_soon_threadsafe(stopping.set)):
        async with server.session_manager.run(), anyio.create_task_group() as tasks:
            log.info("server ready", transport="http", address=_address(listener))
            for site in sites:
                tasks.start_soon(site.listen)
            await stopping.wait()
            await anyio.sleep(settings.shutdown_delay_seconds)
            for site in sites:
                site.should_exit = True


class Site(uvicorn.Server):
    """An application on a port of its own."""

    def __init__(
        self,
        app: Starlette,
        listener: socket.socket,
        settings: Settings,
        before_shutdown: Sequence[Callable[[], None]] = (),
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                http=Connection,
                ws="none",
                # The first number that is too many.
                limit_concurrency=settings.max_connections + 1,
                timeout_keep_alive=settings.header_timeout_seconds,
                timeout_graceful_shutdown=settings.shutdown_grace_seconds,
            )
        )
        self._listener = listener
        self._before_shutdown = before_shutdown

    async def listen(self) -> None:
        await self.serve([self._listener])

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `shutdown`: uvicorn would raise them again, and exit as if killed."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, then close the connections, each of which may bring one more request.

        A proxy may be about to send one on a connection that it knows as open.
        """
        for step in self._before_shutdown:
            step()
        for listening in self.servers:
            listening.close()
        self.server_state.default_headers.append((b"connection", b"close"))
        with anyio.move_on_after(LAST_REQUEST_TIME):
            while self.server_state.connections:  # noqa: ASYNC110 - nothing tells when they are gone
                await anyio.sleep(POLL_TIME)
        await super().shutdown(sockets)


def _mcp(server: Server, settings: Settings) -> Streams:
    """Set up the SDK's endpoint, whose sessions of older clients are capped and expire."""
    server.streamable_http_app(
        # `_guarded` checks Host and Origin for every route, and in one way.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        max_request_body_size=settings.max_body_bytes,
        max_sessions=settings.max_sessions,
        session_idle_timeout=settings.session_idle_seconds,
    )
    return Streams(server.session_manager.handle_request)


def _limits(settings: Settings) -> list[Middleware]:
    return [
        Middleware(RateLimit, per_minute=settings.rate_limit_per_minute),
        Middleware(Admission, slots=settings.max_concurrent_requests),
        Middleware(
            WholeBody,
            max_bytes=settings.max_body_bytes,
            seconds=settings.request_timeout_seconds,
        ),
    ]


def _guarded(routes: Sequence[Route], server: Server) -> Mount:
    """Return the routes with the checks in front of every one but those of the probes."""
    settings = server.app.settings
    tokens = Tokens.parse(settings.auth_tokens)
    refusals = Refusals(settings.rate_limit_per_minute, settings.trusted_proxies)
    for route in routes:
        route.app = TokenCheck(route.app, tokens, refusals)
    guard = Guard(Router(routes), settings.allowed_hosts, settings.allowed_origins)
    return Mount("/", Identify(guard, server.app.metrics))


def _metrics(server: Server) -> Callable[[Request], Response]:
    def render(_: Request) -> Response:
        # The SDK keeps the sessions to itself.
        sessions = len(server.session_manager._server_instances)  # noqa: SLF001
        text = server.app.metrics.render(sessions)
        return Response(text, headers={"Content-Type": CONTENT_TYPE})

    return render


def _listen(settings: Settings, port: int, variable: str) -> socket.socket:
    host = settings.host
    family = socket.AF_INET if host.version == 4 else socket.AF_INET6
    try:
        return socket.create_server((str(host), port), family=family, backlog=2048)
    except OSError as error:
        raise OSError(
            f"cannot listen on {host} (MCP_HOST), port {port} ({variable}): {error.strerror}"
        ) from error


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
