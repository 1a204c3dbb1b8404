"""Connections: how many there are, and how long one may wait for a request."""

import asyncio
import socket

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

log = structlog.stdlib.get_logger(__name__)

# The answer to a connection that is one too many.
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"connection: close\r\ncontent-length: 0\r\nretry-after: 1\r\n\r\n"
)


class Connection(H11Protocol):
    """Holds connections to uvicorn's limits before they have sent a request, too.

    `limit_concurrency` is the first number of connections that is too many, and
    `timeout_keep_alive` the time until the headers of a request are there, also of the first.
    """

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
        self._await_request()

    def data_received(self, data: bytes) -> None:
        # Unlike uvicorn's own, this leaves the time running: `handle_events` ends it at a request.
        self.conn.receive_data(data)
        self.handle_events()

    def _await_request(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )
