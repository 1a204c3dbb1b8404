"""Settings: each is an environment variable and a flag; the flag wins."""

import re
from argparse import SUPPRESS, ArgumentParser
from importlib.metadata import metadata
from typing import Literal, Self

from dotenv import load_dotenv
from pydantic import Field, NonNegativeInt, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PACKAGE = metadata("team-echo")
HOSTS = "localhost,127.0.0.1,[::1]"
ORIGINS = "http://localhost:*,http://127.0.0.1:*,http://[::1]:*"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="MCP_", frozen=True, hide_input_in_errors=True)

    log: str = Field(default="info", pattern="^(debug|info|warning|error)$", description="Lowest level that is logged")
    request_timeout_seconds: NonNegativeInt = Field(default=60, description="How long a call may take, in seconds")
    transport: Literal["stdio", "http"] = Field(default="http", description="How clients reach the server")
    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 for a free one")
    allowed_hosts: str = Field(default=HOSTS, description="Names by which clients may reach the server")
    allowed_origins: str = Field(default=ORIGINS, description="Origins of web pages that may call it")
    log_format: Literal["text", "json"] = Field(default="text", description="How log lines are written to stderr")
    shutdown_grace_seconds: NonNegativeInt = Field(default=10, description="How long open requests may go on")
    rate_limit_per_minute: NonNegativeInt = Field(default=600, description="Requests that one caller may send")
    max_sessions: NonNegativeInt = Field(default=1000, description="Sessions of clients that speak 2025-11-25 or older")
    session_idle_seconds: NonNegativeInt = Field(default=1800, description="How long such a session may be idle")
    max_concurrent_requests: NonNegativeInt = Field(default=512, description="Requests at the same time")
    max_connections: NonNegativeInt = Field(default=768, description="Connections at the same time")
    trusted_proxies: str = Field(default="", description="Proxies whose `X-Forwarded-For` is believed")
    auth_tokens: SecretStr = Field(default=SecretStr(""), description="Tokens that clients must send over HTTP")

    def tokens(self) -> list[str]:
        return [token.strip() for token in self.auth_tokens.get_secret_value().split(",")]

    @model_validator(mode="after")
    def check_tokens(self) -> Self:
        if self.transport == "http" and not all(re.fullmatch("[!-~]{16,}", token) for token in self.tokens()):
            raise ValueError("MCP_AUTH_TOKENS: a token must have 16 visible ASCII characters or more")
        return self


def load() -> Settings:
    parser = ArgumentParser(PACKAGE["Name"], description=PACKAGE["Summary"], argument_default=SUPPRESS)
    parser.add_argument("--version", action="version", version=f"%(prog)s {PACKAGE['Version']}")
    parser.add_argument("--env-file", metavar="PATH", help="Read variables from this file too; the environment wins")
    for name, field in Settings.model_fields.items():
        if field.annotation is SecretStr:
            continue  # other users of the machine can read flags
        text = f"{field.description} [env: MCP_{name.upper()}=] [default: {str(field.default).lower()}]"
        nargs, const = ("?", "true") if field.annotation is bool else (None, None)
        parser.add_argument("--" + name.replace("_", "-"), metavar="VALUE", help=text, nargs=nargs, const=const)
    flags = vars(parser.parse_args())
    if (path := flags.pop("env_file", None)) and not load_dotenv(path):
        parser.error(f"--env-file `{path}` holds no variables")
    try:
        return Settings(**flags)
    except ValidationError as error:
        first = error.errors()[0]
        parser.error("".join(f"MCP_{name}: ".upper() for name in first["loc"]) + first["msg"])
