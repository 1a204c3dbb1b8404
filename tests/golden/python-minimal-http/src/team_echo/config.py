"""Settings: each is a flag and an environment variable; the flag wins."""

import argparse
import os
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Annotated, Literal, NoReturn

from dotenv.parser import parse_stream
from pydantic import BeforeValidator, Field, PositiveInt, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from . import DESCRIPTION, NAME, __version__
from .errors import ConfigError
from .http.settings import HttpSettings
from .logging_conf import LogFilter

PREFIX = "MCP_"


class Settings(HttpSettings, BaseSettings):
    """Defaults are texts, as a user would write them."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True)

    health_check: bool = Field(
        default=False,
        description="Ask the server that runs with these settings whether it is well; "
        "the exit code says so",
    )
    request_timeout_seconds: PositiveInt = Field(60, description="How long one request may take")
    log: Annotated[LogFilter, NoDecode, BeforeValidator(LogFilter.parse)] = Field(
        "info",
        description="Which log lines to write: a level, or `target=level` pairs with commas",
        validate_default=True,
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="How log lines are written to stderr"
    )


def load(arguments: Sequence[str]) -> Settings:
    """Read the command line and the environment; print and exit for `--help` and `--version`."""
    flags = vars(_parser().parse_args(arguments))
    if path := flags.pop("env_file", None):
        _read_env_file(path)
    try:
        settings = Settings(**flags)
    except ValidationError as error:
        raise ConfigError(_describe(error)) from None
    settings.check_http()
    return settings


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError(message)


def _parser() -> _Parser:
    parser = _Parser(
        prog=NAME,
        description=DESCRIPTION.replace("%", "%%"),
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("--version", action="version", version=f"{NAME} {__version__}")
    parser.add_argument(
        "--env-file",
        metavar="PATH",
        help="Read variables from this file too; what the environment says wins",
    )
    for name, field in Settings.model_fields.items():
        if name == "auth_tokens":
            # Other users of a machine can see the flags of its processes.
            continue
        text = f"{field.description} [env: {_variable(name)}=]"
        if field.default not in (None, ""):
            text += f" [default: {str(field.default).lower()}]"
        if field.annotation is bool:
            parser.add_argument(_flag(name), metavar="BOOL", nargs="?", const="true", help=text)
        else:
            parser.add_argument(_flag(name), metavar="VALUE", help=text)
    return parser


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _read_env_file(path: str) -> None:
    """Set the variables of a file that the environment does not set."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--env-file `{path}`: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"--env-file `{path}` is not UTF-8") from None
    values: dict[str, str] = {}
    for line in parse_stream(StringIO(text)):
        if line.key is not None and line.value is not None:
            values[line.key] = line.value
        elif line.key is not None or line.error:
            # Its text is not shown: it may hold a secret.
            place = f"after `{list(values)[-1]}`" if values else "at the start"
            raise ConfigError(f"--env-file `{path}`: the line {place} is not NAME=VALUE")
    for name, value in values.items():
        os.environ.setdefault(name, value)


def _describe(error: ValidationError) -> str:
    """Say on one line what is wrong with the first setting that does not fit."""
    first = error.errors()[0]
    name = str(first["loc"][0])
    reason = first["msg"].removeprefix("Value error, ").replace("\n", " ")
    return f"{_variable(name)} ({_flag(name)}): {reason[0].lower()}{reason[1:]}"
