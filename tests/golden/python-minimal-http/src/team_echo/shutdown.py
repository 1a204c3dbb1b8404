"""When to stop: Ctrl-C, and SIGTERM where it exists."""

import signal
from collections.abc import Callable
from types import FrameType


def on_signal(stop: Callable[[], object]) -> None:
    """Call `stop` when the process is asked to stop."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)
