"""Names of arguments, with errors that name them: the SDK ignores those that it does not know."""

from collections.abc import Collection

from .errors import InvalidInputError, one_of


def check_names(given: Collection[str], known: Collection[str], required: Collection[str]) -> None:
    """Refuse arguments that are unknown or missing."""
    for name in given:
        if name not in known:
            names = one_of(list(known)) if known else "there are no fields"
            raise InvalidInputError(f"invalid argument `{name}`: unknown field `{name}`, {names}")
    for name in required:
        if name not in given:
            raise InvalidInputError(f"invalid arguments: missing field `{name}`")
