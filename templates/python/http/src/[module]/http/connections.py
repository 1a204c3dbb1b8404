"""Connections: how many there are, and how long and how large the head of a request may be."""

import asyncio
import socket

import httptools
import structlog
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

log = structlog.stdlib.get_logger(__name__)

# The answer to a connection that is one too many.
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"connection: close\r\ncontent-length: 0\r\nretry-after: 1\r\n\r\n"
)

MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 100
# How many requests may wait for the answer to another one on their connection.
MAX_WAITING = 16


class TooMuchError(Exception):
    """A request goes beyond a limit of its connection."""


class Connection(HttpToolsProtocol):
    """Holds connections to uvicorn's limits before they have sent a request, and to some more.

    `limit_concurrency` is the first number of connections that is too many, and
    `timeout_keep_alive` the time until the headers of a request are there, also of the first.
    """

    # The request that is being answered; uvicorn knows the last one that came.
    _answered: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if self.limit_concurrency and len(self.connections) + 1 >= self.limit_concurrency:
            log.warning("connection refused: too many are open")
            transport.write(REFUSAL)
            transport.close()
            self.transport = transport
            return
        # Else the second part of a reply waits some 40 ms for a delayed ACK.
        stream = transport.get_extra_info("socket")
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)
        self._head_is_read = self._head_is_known = False
        self._head_bytes = 0
        # Of what the parser still holds, since it is not complete.
        self._held_bytes = 0
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def data_received(self, data: bytes) -> None:
        # Unlike uvicorn's own, this leaves the time running: `on_headers_complete` ends it.
        self._held_bytes += len(data)
        try:
            while data:
                data = self._parse(data)
        except httptools.HttpParserError as error:
            limit = error.__context__
            known = isinstance(limit, TooMuchError)
            self._refuse(str(limit) if known else "it is not HTTP as it is spoken here")
            return
        if self._held_bytes > MAX_HEAD_BYTES:
            self._refuse("its head is too large")

    def _parse(self, data: bytes) -> bytes:
        """Parse as much as the parser takes, and return the rest."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline_upgrade()
            return data[upgrade.args[0] :]
        return b""

    def _decline_upgrade(self) -> None:
        """Let another parser read the body, which the first leaves to the protocol asked for.

        Clients such as Java's ask for HTTP/2 with each request, and go on if nobody answers that.
        """
        framing = [
            b"%b: %b\r\n" % header
            for header in self.headers
            if header[0] in {b"content-length", b"transfer-encoding"}
        ]
        self.parser = httptools.HttpRequestParser(self)
        # As uvicorn does: what follows a request that ends the connection is not read.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._head_is_known = True
        self.parser.feed_data(b"".join([b"POST / HTTP/1.1\r\n", *framing, b"\r\n"]))
        self._head_is_known = False

    def _refuse(self, why: str) -> None:
        log.warning("request refused", why=why)
        self.send_400_response(f"{why}\n")

    def on_message_begin(self) -> None:
        if self._head_is_known:
            return
        if len(self.pipeline) == MAX_WAITING:
            raise TooMuchError("too many requests are waiting")
        self._head_is_read = False
        self._head_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        if self._head_is_known:
            return
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        # What follows a body could pass for a header that a proxy has checked (RFC 9110, 6.5.1).
        if self._head_is_read:
            return
        if len(self.headers) == MAX_HEADERS:
            raise TooMuchError("it has too many headers")
        self._count(len(name) + len(value))
        # The parser leaves the spaces after a value (RFC 9110, 5.5).
        super().on_header(name, value.rstrip(b" \t"))

    def _count(self, head_bytes: int) -> None:
        self._head_bytes += head_bytes
        if self._head_bytes > MAX_HEAD_BYTES:
            raise TooMuchError("its head is too large")

    def on_headers_complete(self) -> None:
        if self._head_is_known:
            return
        self._head_is_read = True
        self._held_bytes = 0
        self._unset_keepalive_if_required()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._held_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        self._held_bytes = 0
        super().on_message_complete()
        # Only what follows the body may have asked to close the connection.
        if not self.parser.should_keep_alive():
            self.cycle.keep_alive = False
            if self.cycle.response_complete:
                self.transport.close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.response_complete:
            self._answered.disconnected = True
            self._answered.message_event.set()
        super().connection_lost(exc)
