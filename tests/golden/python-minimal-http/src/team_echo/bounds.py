"""Bounds on one request: its time, its own mistakes, and how much is told of it."""

from collections.abc import Iterator
from contextlib import contextmanager

import anyio
from mcp import MCPError

from .errors import AppError, TimedOutError, explain

# How much is told of a text that a client made up.
MAX_TOLD = 128


@contextmanager
def bounds(seconds: int) -> Iterator[None]:
    """Let the work within end in time, or with an error that is safe to show."""
    try:
        with anyio.fail_after(seconds):
            yield
    except (AppError, MCPError):
        raise
    except TimeoutError:
        raise TimedOutError(seconds) from None
    except Exception as error:
        raise explain(error) from error


def clipped(value: object) -> object:
    """Return the start of a text, if it is long."""
    return value[:MAX_TOLD] if isinstance(value, str) else value
