"""Names of arguments, with errors that name them: the SDK ignores those that it does not know."""

from collections.abc import Collection

from .errors import InvalidInputError


def check_names(given: Collection[str], known: Collection[str], required: Collection[str]) -> None:
    """Refuse arguments that are unknown or missing."""
    for name in given:
        if name not in known:
            raise InvalidInputError(
                f"invalid argument `{name}`: unknown field `{name}`, {_expected(known)}"
            )
    for name in required:
        if name not in given:
            raise InvalidInputError(f"invalid arguments: missing field `{name}`")


def _expected(known: Collection[str]) -> str:
    names = [f"`{name}`" for name in known]
    if not names:
        return "there are no fields"
    if len(names) > 2:
        return f"expected one of {', '.join(names)}"
    return f"expected {' or '.join(names)}"
