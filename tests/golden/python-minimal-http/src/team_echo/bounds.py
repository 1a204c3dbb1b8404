"""Bounds on one request: its time, and its own mistakes."""

from collections.abc import Iterator
from contextlib import contextmanager

import anyio
from mcp import MCPError

from .errors import AppError, TimedOutError, explain


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
