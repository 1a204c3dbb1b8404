"""`--health-check`, as a container's health check runs it."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .serving import SETTINGS, HttpProcess
from .support import COMMAND, SOON, environment


def health_check(host: str, port: str) -> subprocess.CompletedProcess[str]:
    """Ask the server at this port, with the address that it was told to listen on."""
    settings = SETTINGS | {
        "MCP_HOST": host,
        "MCP_PORT": port,
    }
    return subprocess.run(
        [*COMMAND, "--health-check"],
        env=environment(**settings),
        capture_output=True,
        encoding="utf-8",
        timeout=SOON,
        check=False,
    )


@contextmanager
def listening(answer: bytes | None) -> Iterator[str]:
    """A port where everybody gets this answer, or none at all."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            stream, _ = listener.accept()
            if answer is None:
                stream.recv(1024)
                stream.recv(1024)
            with stream:
                stream.recv(1024)
                stream.sendall(answer or b"")

        threading.Thread(target=serve, daemon=True).start()
        yield str(listener.getsockname()[1])


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104
def test_a_running_server_is_healthy(host: str) -> None:
    with HttpProcess() as server:
        ended = health_check(host, server.address.rsplit(":", 1)[1])
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 503 Service Unavailable\r\n\r\n",
        b"220 mail.example ESMTP\r\n",
        b"",
        None,
    ],
)
def test_what_does_not_answer_as_it_should_is_not_healthy(answer: bytes | None) -> None:
    with listening(answer) as port:
        ended = health_check("127.0.0.1", port)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"no healthy server at 127.0.0.1:{port}: " in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_server_that_has_stopped_is_not_healthy() -> None:
    with HttpProcess() as server:
        port = server.address.rsplit(":", 1)[1]
    assert health_check("127.0.0.1", port).returncode == 1
