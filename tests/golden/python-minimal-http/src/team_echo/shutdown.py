"""When to stop: Ctrl-C, and SIGTERM where it exists."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def on_signal(stop: Callable[[], object]) -> Iterator[None]:
    """Call `stop` when the process is asked to stop, until what is within has ended."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, handle) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
