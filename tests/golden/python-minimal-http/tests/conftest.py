from collections.abc import AsyncIterator

import pytest
from mcp import Client

from team_echo.config import Settings
from team_echo.server import create_server
from team_echo.state import State


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def state() -> State:
    return State(Settings(transport="stdio"))


@pytest.fixture(params=["legacy", "auto"])
async def client(request: pytest.FixtureRequest, state: State) -> AsyncIterator[Client]:
    """A client of the server, in this process, in each era of the protocol."""
    async with Client(create_server(state), mode=request.param) as client:
        yield client
