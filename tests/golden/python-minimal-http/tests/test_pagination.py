import pytest

from team_echo.errors import (
    InvalidInputError,
)
from team_echo.pagination import page


def test_pages_visit_every_item_once_while_the_list_changes() -> None:
    first, cursor = page("cabd", str, None, 2)
    assert (first, cursor) == (["a", "b"], "after:b")
    second, cursor = page("cd", str, cursor, 2)
    assert (second, cursor) == (["c", "d"], None)


def test_a_foreign_cursor_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        page("a", str, "17", 1)
