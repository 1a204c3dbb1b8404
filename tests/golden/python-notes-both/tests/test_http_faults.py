"""Clients that break the rules: each gets a clear answer, and the server serves the others."""

import json
import socket
import sys
import time
from contextlib import suppress

import pytest

from .serving import HttpProcess
from .support import SOON

HEALTH = b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n"
OLD = b"GET /healthz HTTP/1.0\r\n\r\n"

NOT_JSON = [
    "",
    " ",
    "{",
    "}",
    "\0",
    "\ufeff{}",
    "'a'",
    "{'a': 1}",
    '{"jsonrpc": "2.0",}',
    '{"jsonrpc": "2.0", "id": 01}',
    '{"jsonrpc": "2.0"} {"jsonrpc": "2.0"}',
    "[" * 10_000,
]
NO_MESSAGE = [
    "null",
    "true",
    "1",
    '"ping"',
    "{}",
    "[]",
    '[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]',
    '{"id": 1, "method": "ping"}',
    '{"jsonrpc": "2.0"}',
    '{"jsonrpc": 2.0, "id": 1, "method": "ping"}',
    '{"jsonrpc": "1.0", "id": 1, "method": "ping"}',
    '{"jsonrpc": "2.0", "id": {}, "method": "ping"}',
    '{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}',
    '{"jsonrpc": "2.0", "id": 1, "method": null}',
    '{"jsonrpc": "2.0", "id": 1, "method": ["ping"]}',
    '{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": 1}',
    '{"jsonrpc": "2.0", "id": 1, "error": "none"}',
]


def connection(server: HttpProcess, sent: bytes) -> socket.socket:
    """Return a connection on which this was sent."""
    host, port = server.address.rsplit(":", 1)
    opened = socket.create_connection((host, int(port)), timeout=SOON)
    opened.sendall(sent)
    return opened


def received(opened: socket.socket) -> str:
    """Return what comes until the server closes the connection."""
    chunks = []
    with opened, suppress(ConnectionResetError):
        while chunk := opened.recv(65536):
            chunks.append(chunk)
    return b"".join(chunks).decode()


def test_a_body_that_is_no_message_is_refused() -> None:
    with HttpProcess() as server:
        for bodies, code in ((NOT_JSON, -32700), (NO_MESSAGE, -32600)):
            for body in bodies:
                for era in ({}, {"MCP-Protocol-Version": "2026-07-28"}):
                    response = server.post(body, **era)
                    assert response.status == 400, body
                    assert json.loads(response.read())["error"]["code"] == code, body
        assert server.post().status == 200


def test_a_message_at_the_wrong_time_or_place_is_refused() -> None:
    current = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"}
    with HttpProcess() as server:
        for body in (
            '{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}',
            '{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": {}}}',
            '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x"}}',
            '{"jsonrpc": "2.0", "id": 1, "result": {}}',
        ):
            for headers in ({}, current):
                assert server.post(body, **headers).status == 400, body
        assert server.post(**{"MCP-Protocol-Version": "1999-01-01"}).status == 400


def test_a_request_that_is_no_http_is_refused() -> None:
    with HttpProcess() as server:
        for head in (
            b"\x16\x03\x01\r\n",
            b"GET /healthz HTTP/1.1\r\nhost: a\0b\r\n",
            b"POST /mcp HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n",
            b"POST /mcp HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n",
            b"POST /mcp HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n",
            b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n",
            b"GET /healthz HTTP/1.1\r\nhost: a\r\na: " + b"a" * 200_000 + b"\r\n",
        ):
            answer = received(connection(server, head + b"\r\n"))
            # What is still on its way may make the system take the answer back.
            assert answer.startswith("HTTP/1.1 4") or len(head) > 65536, head[:80]
        # What is not at fault: an old version, and requests that do not wait for answers.
        assert received(connection(server, OLD)).startswith("HTTP/1.1 200 ")
        last = HEALTH.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
        answers = received(connection(server, HEALTH + HEALTH + last))
        assert answers.count("HTTP/1.1 200 ") == 3


def test_a_connection_without_a_request_is_closed() -> None:
    with HttpProcess("--header-timeout-seconds", "1") as server:
        lengths = (0, 10, len(HEALTH) - 2)
        for opened in [connection(server, HEALTH[:length]) for length in lengths]:
            assert received(opened) == ""
        assert received(connection(server, HEALTH)).startswith("HTTP/1.1 200 ")


def test_headers_sent_byte_by_byte_gain_no_time() -> None:
    with HttpProcess("--header-timeout-seconds", "1") as server:
        opened = connection(server, b"GET /healthz HTTP/1.1\r\nhost: ")
        started = time.monotonic()
        with opened, suppress(ConnectionError):
            while time.monotonic() - started < SOON:
                opened.sendall(b"a")
                time.sleep(0.05)
        assert time.monotonic() - started < SOON


def test_connections_are_capped() -> None:
    with HttpProcess("--max-connections", "1") as server:
        first = connection(server, HEALTH)
        assert first.recv(1024).startswith(b"HTTP/1.1 200 ")
        assert received(connection(server, b"")).startswith("HTTP/1.1 503 ")
        first.close()
        while (answer := received(connection(server, OLD))).startswith("HTTP/1.1 503 "):
            pass
        assert answer.startswith("HTTP/1.1 200 ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_an_open_connection_brings_one_more_request_after_the_last_is_accepted() -> None:
    """A proxy may send on one before it hears that the server is to stop."""
    with HttpProcess(program="tests.patient") as server:
        opened = connection(server, HEALTH)
        assert opened.recv(1024).startswith(b"HTTP/1.1 200 ")
        server.process.terminate()
        with suppress(ConnectionError):
            while True:
                connection(server, b"").close()
        opened.sendall(HEALTH)
        answer = received(opened)
        assert "HTTP/1.1 200 " in answer
        assert "connection: close" in answer
