"""Tokens are for HTTP: over stdio whoever starts the program may use it."""

from .piping import StdioProcess


def test_tokens_that_would_be_refused_do_not_matter() -> None:
    with StdioProcess(MCP_AUTH_TOKENS="short") as process:
        assert not process.leave()
