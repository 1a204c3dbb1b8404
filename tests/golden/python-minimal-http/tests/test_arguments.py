import pytest

from team_echo.arguments import check_names
from team_echo.errors import (
    InvalidInputError,
)


@pytest.mark.parametrize(
    ("given", "known", "refusal"),
    [
        ({"from": 1, "to": 2}, ["from"], "unknown field `to`, expected `from`"),
        ({"x": 1}, ["from", "to"], "unknown field `x`, expected `from` or `to`"),
        ({"x": 1}, ["a", "b", "c"], "unknown field `x`, expected one of `a`, `b`, `c`"),
        ({"x": 1}, [], "unknown field `x`, there are no fields"),
        ({}, ["from"], "missing field `from`"),
    ],
)
def test_a_refusal_names_the_argument(
    given: dict[str, int], known: list[str], refusal: str
) -> None:
    with pytest.raises(InvalidInputError, match=refusal):
        check_names(given, known, required=known[:1])
