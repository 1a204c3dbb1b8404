"""The program over HTTP, on a free port."""

import json
import sys
import time

import anyio
import pytest
from mcp import MCPError

from . import sample
from .connecting import connect
from .serving import SETTINGS, HttpProcess
from .support import ERAS, INITIALIZE, MISBEHAVING, SOON, Process, refusal

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@pytest.mark.anyio
async def test_clients_of_both_eras_are_served() -> None:
    with HttpProcess() as server:
        for era in ERAS:
            async with connect(server.url, era) as client:
                tools = (await client.list_tools()).tools
                assert sample.TOOL in [tool.name for tool in tools]
                assert not (await client.call_tool(sample.TOOL, sample.ARGUMENTS)).is_error
                assert (await client.call_tool(sample.TOOL, {})).is_error
                with pytest.raises(MCPError):
                    await client.call_tool("unknown", {})


@pytest.mark.anyio
@pytest.mark.parametrize("era", ERAS)
async def test_calls_at_the_same_time_are_all_answered(era: str) -> None:
    answered = []

    async def call() -> None:
        answered.append(await client.call_tool(sample.TOOL, sample.ARGUMENTS))

    with HttpProcess() as server:
        async with connect(server.url, era) as client, anyio.create_task_group() as calls:
            for _ in range(50):
                calls.start_soon(call)
    assert len(answered) == 50
    assert not any(result.is_error for result in answered)


@pytest.mark.anyio
@pytest.mark.parametrize("era", ERAS)
async def test_progress_reaches_the_client(era: str) -> None:
    heard = []

    async def listen(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    with HttpProcess(program=MISBEHAVING) as server:
        async with connect(server.url, era) as client:
            await client.call_tool("reports", {}, progress_callback=listen)
    assert heard == [(0, 3, None), (1, 3, None), (2, 3, None)]


def test_foreign_hosts_and_origins_are_refused() -> None:
    with HttpProcess() as server:
        assert server.post().status == 200
        assert server.post(Origin="http://localhost:3000").status == 200
        for foreign in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
            assert server.post(**foreign).status == 403
            assert server.get("/metrics", **foreign).status == 403
        assert server.get("/").status == 404


def test_a_body_is_bounded_in_size_and_time() -> None:
    with HttpProcess("--max-body-bytes", "1000", "--request-timeout-seconds", "1") as server:
        assert server.post().status == 200
        assert server.post(" " * 1001).status == 413
        with server.open(1000) as unfinished:
            assert unfinished.recv(1024).startswith(b"HTTP/1.1 408 ")


def test_sessions_are_capped() -> None:
    with HttpProcess("--max-sessions", "2") as server:
        assert [server.post().status for _ in range(4)] == [200, 200, 503, 503]


def test_sessions_expire() -> None:
    with HttpProcess("--max-sessions", "1", "--session-idle-seconds", "1") as server:
        assert server.post().status == 200
        while (status := server.post().status) == 503:
            time.sleep(0.1)
        assert status == 200


def test_requests_are_capped() -> None:
    body = json.dumps(INITIALIZE)
    with HttpProcess("--max-concurrent-requests", "1") as server, server.open(len(body)) as first:
        assert server.post().status == 503
        assert server.get("/healthz").status == 200
        first.sendall(body.encode())
        assert first.recv(1024).startswith(b"HTTP/1.1 200 ")


def test_metrics_can_have_a_port_of_their_own() -> None:
    with HttpProcess("--metrics-port", "0") as server:
        address = server.metrics_address
        assert address
        assert server.get("/metrics", address).status == 200
        assert server.get("/metrics", address, Host="evil.example").status == 403
        assert server.get("/metrics").status == 404


@posix
def test_a_request_to_stop_lets_open_requests_finish() -> None:
    body = json.dumps(INITIALIZE)
    with HttpProcess() as server, server.open(len(body)) as open_request:
        session = server.post().headers["Mcp-Session-Id"]
        stream = server.get("/mcp", **{"Mcp-Session-Id": session})
        server.process.terminate()
        # A stream of an older client, which it would hold open for ever, ends first.
        stream.read()
        open_request.sendall(body.encode())
        assert open_request.recv(1024).startswith(b"HTTP/1.1 200 ")
        assert server.process.wait(SOON) == 0
        server.logged("server stopped")


@posix
def test_a_request_that_never_ends_does_not_hold_up_the_exit() -> None:
    with HttpProcess("--shutdown-grace-seconds", "0") as server, server.open(10):
        assert server.stop() == 0


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MCP_HOST", "somewhere"),
        ("MCP_PORT", "65536"),
        ("MCP_ALLOWED_HOSTS", "localhost,https://example.com"),
        ("MCP_ALLOWED_ORIGINS", "*"),
        ("MCP_METRICS_PORT", "none"),
        ("MCP_MAX_BODY_BYTES", "1 MB"),
        ("MCP_MAX_CONCURRENT_REQUESTS", "0"),
        ("MCP_MAX_CONNECTIONS", "0"),
        ("MCP_HEADER_TIMEOUT_SECONDS", "0"),
        ("MCP_MAX_SESSIONS", "0"),
        ("MCP_SESSION_IDLE_SECONDS", "0"),
        ("MCP_SHUTDOWN_DELAY_SECONDS", "-1"),
        ("MCP_SHUTDOWN_GRACE_SECONDS", "-1"),
        ("MCP_TRUSTED_PROXIES", "proxy.example"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(variable: str, value: str) -> None:
    assert variable in refusal(**{variable: value})


def test_settings_that_contradict_each_other_are_named() -> None:
    message = refusal("--metrics-port", "8000", MCP_TRANSPORT="http")
    assert "MCP_METRICS_PORT" in message


def test_a_port_that_is_taken_is_named() -> None:
    with HttpProcess() as server:
        port = server.address.rsplit(":", 1)[1]
        with Process("--port", port, **SETTINGS) as second:
            assert second.process.wait(SOON) == 1
            assert "MCP_PORT" in str(second.logged("the server stopped with an error"))
