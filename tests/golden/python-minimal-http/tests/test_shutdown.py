import os
import signal
import sys

import pytest

from team_echo.shutdown import on_signal


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_heard_until_what_is_within_has_ended(number: signal.Signals) -> None:
    heard: list[str] = []
    with on_signal(lambda: heard.append("outer")):
        with on_signal(lambda: heard.append("inner")):
            os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
    assert heard == ["inner", "outer"]
