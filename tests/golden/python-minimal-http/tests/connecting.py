"""The SDK's client with a token, for the tests of the running program."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from .support import SOON

TOKEN = "token-of-the-tests-1"
OTHER_TOKEN = "token-of-the-tests-2"


@asynccontextmanager
async def connect(
    url: str, era: str, *, token: str = TOKEN, **options: Any
) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=SOON) as http,
        Client(streamable_http_client(url, http_client=http), mode=era, **options) as client,
    ):
        yield client
