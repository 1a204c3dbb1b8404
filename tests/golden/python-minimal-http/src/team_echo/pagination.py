"""Pages of a list that may change between two requests."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from .errors import InvalidInputError

T = TypeVar("T")

# A cursor names the last key that was seen, so that nothing is skipped or repeated when earlier
# items come and go.
PREFIX = "after:"


def page(
    items: Iterable[T], key: Callable[[T], str], cursor: str | None, size: int
) -> tuple[list[T], str | None]:
    """Return at most `size` items that follow `cursor`, and the cursor of the next page."""
    ordered = sorted(items, key=key)
    if cursor is not None:
        if not cursor.startswith(PREFIX):
            raise InvalidInputError("`cursor` is not valid")
        last = cursor.removeprefix(PREFIX)
        ordered = [item for item in ordered if key(item) > last]
    shown = ordered[:size]
    more = len(ordered) > size
    return shown, PREFIX + key(shown[-1]) if more else None
