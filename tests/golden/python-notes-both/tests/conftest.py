"""What pytest makes for the tests that ask for it."""

import os
from collections.abc import AsyncIterator

import pytest
from mcp import Client

from my_server.app import App
from my_server.config import Settings
from my_server.server import Server

from .support import ERAS, PREFIXES


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _no_settings_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(PREFIXES):
            monkeypatch.delenv(name)


@pytest.fixture
def settings() -> Settings:
    """What a server is tried with."""
    return Settings()


@pytest.fixture
def server(settings: Settings) -> Server:
    return Server(App(settings))


@pytest.fixture(params=ERAS)
async def client(server: Server, request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """A client of each era, in the same process as a new server."""
    async with Client(server, mode=request.param, cache=None) as client:
        yield client
