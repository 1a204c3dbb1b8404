import anyio
import pytest
from mcp import MCPError

from team_echo.bounds import bounds
from team_echo.errors import (
    AppError,
    InternalError,
    TimedOutError,
)

pytestmark = pytest.mark.anyio


async def test_work_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(TimedOutError, match="after 0 s"), bounds(0):
        await anyio.sleep_forever()


@pytest.mark.parametrize(
    ("raised", "shown"),
    [
        (AppError("told"), AppError),
        (TimeoutError("/etc/secret"), InternalError),
        (OSError("/etc/secret"), InternalError),
    ],
)
async def test_only_what_is_meant_for_the_caller_is_told(
    raised: Exception, shown: type[Exception]
) -> None:
    # The SDK wraps what a handler raises.
    with pytest.raises(shown) as error, bounds(5):
        raise RuntimeError from raised
    assert "secret" not in str(error.value)


async def test_an_error_of_the_protocol_is_passed_on() -> None:
    with pytest.raises(MCPError), bounds(5):
        raise MCPError(1, "told")
