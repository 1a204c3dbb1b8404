"""The SDK's client, for the tests of the running program."""

from typing import Any

from mcp import Client


def connect(url: str, era: str, **options: Any) -> Client:
    return Client(url, mode=era, **options)
