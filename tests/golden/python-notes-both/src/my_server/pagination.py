"""Pages of a list that may change between two requests."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from .errors import InvalidInputError

T = TypeVar("T")

# A cursor names the last key that was seen, so that nothing is skipped or repeated when earlier
# items come and go.
PREFIX = "after:"


def cursor_after(last: str) -> str:
    """Return the cursor of the page that follows the item with this key."""
    return PREFIX + last


def last_seen(cursor: str) -> str:
    """Return the key that `cursor` names."""
    if not cursor.startswith(PREFIX):
        raise InvalidInputError("`cursor` is not valid")
    return cursor.removeprefix(PREFIX)


def page(
    items: Iterable[T], key: Callable[[T], str], cursor: str | None, size: int
) -> tuple[list[T], str | None]:
    """Return at most `size` items that follow `cursor`, and the cursor of the next page."""
    ordered = sorted(items, key=key)
    if cursor is not None:
        last = last_seen(cursor)
        ordered = [item for item in ordered if key(item) > last]
    shown = ordered[:size]
    more = len(ordered) > size
    return shown, cursor_after(key(shown[-1])) if more else None
