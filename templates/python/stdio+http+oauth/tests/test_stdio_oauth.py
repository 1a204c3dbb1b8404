"""Tokens are for HTTP: over stdio whoever starts the program may use it."""

from .support import SOON, Process


def test_no_authorization_server_is_needed() -> None:
    with Process("--oauth-tool-scopes", "no-such-tool=x") as process:
        process.process.communicate(timeout=SOON)
        assert process.process.returncode == 0
