"""Clients that break the rules: each gets a clear answer, and the server serves the others."""

import json
import socket
import sys
import time
from contextlib import suppress

import pytest

from .serving import HEADERS, HttpProcess
from .support import ERAS, INITIALIZE, MISBEHAVING, SOON

HEALTH = b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n"
LAST = b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
OLD = b"GET /healthz HTTP/1.0\r\n\r\n"

# A call that never ends, in today's revision.
CURRENT = {"MCP-Protocol-Version": ERAS[-1], "Mcp-Method": "tools/call", "Mcp-Name": "hangs"}
META = {
    "io.modelcontextprotocol/protocolVersion": ERAS[-1],
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
HANGING = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "hangs", "arguments": {}, "_meta": META},
    }
)

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


def head_of_post(server: HttpProcess, headers: dict[str, str]) -> bytes:
    """Return the start of a request that is let in."""
    lines = [f"{name}: {value}" for name, value in (HEADERS | headers).items()]
    return "\r\n".join(["POST /mcp HTTP/1.1", f"Host: {server.address}", *lines, "", ""]).encode()


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
            b"POST /mcp HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 1\r\n",
            b"POST /mcp HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n",
            b"CONNECT a:443 HTTP/1.1\r\nhost: a\r\n",
            b"GET /healthz HTTP/1.1\r\nhost: a\r\n" + b"a: a\r\n" * 100,
            HEALTH * 100,
            b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n",
            b"GET /healthz HTTP/1.1\r\nhost: a\r\na: " + b"a" * 200_000 + b"\r\n",
        ):
            answer = received(connection(server, head + b"\r\n"))
            # What is still on its way may make the system take the answer back.
            lost = len(head) > 65536 and not answer
            assert answer.startswith("HTTP/1.1 4") or lost, head[:80]
        # What is not at fault: an old version, and requests that do not wait for answers.
        assert received(connection(server, OLD)).startswith("HTTP/1.1 200 ")
        answers = received(connection(server, HEALTH + HEALTH + LAST))
        assert answers.count("HTTP/1.1 200 ") == 3


def test_a_head_that_does_not_end_is_refused_before_its_time_is_over() -> None:
    with HttpProcess() as server:
        head = b"GET /healthz HTTP/1.1\r\nhost: a\r\na: " + b"a" * 200_000
        answer = received(connection(server, head))
        assert not answer or answer.startswith("HTTP/1.1 400 ")


def test_who_asks_for_another_protocol_is_answered_in_this_one() -> None:
    """Java's client asks for HTTP/2 with every request."""
    asking = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AA"}
    body = json.dumps(INITIALIZE)
    with HttpProcess() as server:
        for framing, framed in (
            ({"Content-Length": str(len(body))}, body),
            ({"Transfer-Encoding": "chunked"}, f"{len(body):x}\r\n{body}\r\n0\r\n\r\n"),
        ):
            head = head_of_post(server, asking | framing)
            sent = framed.encode() + LAST
            assert received(connection(server, head + sent)).count("HTTP/1.1 200 ") == 2
            head = head_of_post(server, asking | framing | {"Expect": "100-continue"})
            opened = connection(server, head)
            assert opened.recv(1024).startswith(b"HTTP/1.1 100 ")
            opened.sendall(sent)
            assert received(opened).count("HTTP/1.1 200 ") == 2


def test_spaces_around_a_header_are_not_its_value() -> None:
    with HttpProcess() as server:
        head = head_of_post(server, {"Content-Length": "0", "X-Request-Id": "  spaced \t "})
        assert "x-request-id: spaced\r\n" in received(connection(server, head))


def test_what_follows_a_body_is_no_header() -> None:
    body = json.dumps(INITIALIZE)
    with HttpProcess() as server:
        head = head_of_post(server, {"Transfer-Encoding": "chunked"})
        trailer = "x-request-id: forged"
        sent = f"{len(body):x}\r\n{body}\r\n0\r\n{trailer}\r\n\r\n"
        answer = received(connection(server, head + sent.encode()))
        assert answer.startswith("HTTP/1.1 200 ")
        assert "x-request-id: " in answer
        assert "forged" not in answer


def test_a_body_can_be_followed_by_the_wish_to_close() -> None:
    body = json.dumps(INITIALIZE)
    with HttpProcess() as server:
        head = head_of_post(server, {"Connection": "keep-alive", "Transfer-Encoding": "chunked"})
        sent = f"{len(body):x}\r\n{body}\r\n0\r\nconnection: close\r\n\r\n"
        assert received(connection(server, head + sent.encode())).startswith("HTTP/1.1 200 ")


def test_a_lost_connection_ends_its_call_though_more_was_waiting() -> None:
    arguments = ("--max-concurrent-requests", "1", "--request-timeout-seconds", "600")
    with HttpProcess(*arguments, program=MISBEHAVING) as server:
        length = {"Connection": "keep-alive", "Content-Length": str(len(HANGING))}
        head = head_of_post(server, CURRENT | length)
        opened = connection(server, head + HANGING.encode() + HEALTH)
        while server.post().status != 503:
            pass
        opened.close()
        while (status := server.post().status) == 503:
            pass
        assert status == 200


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
