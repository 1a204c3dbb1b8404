"""Tokens are for HTTP: over stdio whoever starts the program may use it."""

from .support import SOON, Process


def test_tokens_that_would_be_refused_do_not_matter() -> None:
    with Process(MCP_AUTH_TOKENS="short") as process:
        process.process.communicate(timeout=SOON)
        assert process.process.returncode == 0
