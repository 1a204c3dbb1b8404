import os
import re
import subprocess
import sys
from collections.abc import Iterator

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

TOKEN = "a-token-for-the-tests"

pytestmark = pytest.mark.anyio


@pytest.fixture
def url() -> Iterator[str]:
    """Where the program serves HTTP, on a free port."""
    environment = {**os.environ, "MCP_AUTH_TOKENS": TOKEN, "MCP_RATE_LIMIT_PER_MINUTE": "20"}
    command = [sys.executable, "-m", "team_echo", "--transport", "http", "--port", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        log = ""
        while "startup complete" not in log:
            line = server.stderr.readline()
            assert line, log
            log += line
        address = re.search(r"http://[\d.:]+", log)
        assert address
        # The line comes a moment before the port listens.
        with httpx2.Client(transport=httpx2.HTTPTransport(retries=5)) as http:
            http.get(f"{address[0]}/healthz")
        yield address[0]
        server.terminate()


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_a_client_with_a_token_is_let_in(url: str, mode: str) -> None:
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as http,
        Client(streamable_http_client(f"{url}/mcp", http_client=http), mode=mode) as client,
    ):
        assert (await client.list_tools()).tools


async def test_others_are_refused_and_soon_not_even_answered(url: str) -> None:
    async with httpx2.AsyncClient() as http:
        for headers in [{}, {"Authorization": "Bearer another-token-than-that"}]:
            response = await http.post(f"{url}/mcp", headers=headers)
            assert response.status_code == 401
            assert response.headers["WWW-Authenticate"].startswith("Bearer ")
        statuses = [(await http.post(f"{url}/mcp")).status_code for _ in range(20)]
        assert statuses[-1] == 429
        assert (await http.get(f"{url}/healthz")).status_code == 200
