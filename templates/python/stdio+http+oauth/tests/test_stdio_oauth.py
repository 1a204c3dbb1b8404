"""Tokens are for HTTP: over stdio whoever starts the program may use it."""

from .piping import StdioProcess


def test_no_authorization_server_is_needed() -> None:
    with StdioProcess("--oauth-tool-scopes", "no-such-tool=x") as process:
        assert not process.leave()
