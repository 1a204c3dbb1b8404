"""Errors whose text is safe to show to a model or a user."""

import json
import re
from collections.abc import Sequence

import structlog
from mcp.server.mcpserver.exceptions import UnexpectedResourceError, UnexpectedToolError
from pydantic import ValidationError
from pydantic_core import ErrorDetails

log = structlog.stdlib.get_logger(__name__)

# What an argument should have been, by what Pydantic calls the mistake.
EXPECTED = {
    "bool_type": "a boolean",
    "dict_type": "a map",
    "float_type": "a number",
    "int_type": "an integer",
    "list_type": "a sequence",
    "sequence_str": "a sequence",
    "literal_error": "a string",
    "string_type": "a string",
}

# What was given instead, by what JSON is read as.
GIVEN = {
    bool: "boolean `{}`",
    int: "integer `{}`",
    float: "floating point `{}`",
    str: "string {}",
    list: "sequence",
    dict: "map",
    type(None): "null",
}


class AppError(Exception):
    """The text of every subclass is written for the caller to read."""


class InvalidInputError(AppError):
    """The caller can fix this; the text says how."""


class NotFoundError(AppError):
    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(f"{kind} `{identifier}` was not found")


class TimedOutError(AppError):
    def __init__(self, seconds: int) -> None:
        super().__init__(f"the request was stopped after {seconds} s")


class InternalError(AppError):
    def __init__(self) -> None:
        super().__init__("an internal error occurred")


class ConfigError(Exception):
    """Settings that cannot work. The text names the variable, and fits on one line."""


def explain(error: Exception) -> AppError:
    """Return what a caller may know of `error`, which the SDK may have wrapped.

    Anything that was not meant for the caller is logged instead.
    """
    crashed = isinstance(error, UnexpectedToolError | UnexpectedResourceError)
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, AppError):
            return cause
        # In a crash it is the handler's own data that does not fit.
        if isinstance(cause, ValidationError) and not crashed:
            return InvalidInputError(describe(cause.errors()[0]))
        cause = cause.__cause__
    log.error("internal error", exc_info=error)
    return InternalError()


def describe(error: ErrorDetails) -> str:
    """Say what is wrong with one argument."""
    steps = (f"[{it}]" if isinstance(it, int) else f".{it}" for it in error["loc"])
    name = "".join(steps).removeprefix(".")
    match error:
        case {"type": "string_too_long", "input": str(text), "ctx": {"max_length": limit}}:
            return f"`{name}` is {len(text)} characters long; the limit is {limit}"
        case {"type": "literal_error", "input": str(text), "ctx": {"expected": known}}:
            names = re.findall("'([^']*)'", known)
            problem = f"unknown variant `{text}`, {one_of(names)}"
        case {"type": kind, "input": value} if kind in EXPECTED:
            shown = GIVEN[type(value)].format(json.dumps(value, ensure_ascii=False))
            problem = f"invalid type: {shown}, expected {EXPECTED[kind]}"
        case _:
            problem = error["msg"]
    return f"invalid argument `{name}`: {problem}"


def one_of(names: Sequence[str]) -> str:
    """Say what would have been right."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) > 2:
        return f"expected one of {', '.join(quoted)}"
    return f"expected {' or '.join(quoted)}"
