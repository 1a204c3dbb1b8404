from collections.abc import AsyncIterator

import pytest
from mcp import Client

from my_server.config import Settings
from my_server.server import create_server
from my_server.state import State


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def state() -> State:
    return State(Settings())


@pytest.fixture(params=["legacy", "auto"])
async def client(request: pytest.FixtureRequest, state: State) -> AsyncIterator[Client]:
    """A client of the server, in this process, in each era of the protocol."""
    async with Client(create_server(state), mode=request.param) as client:
        yield client
