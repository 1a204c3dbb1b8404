"""The program's settings: a mistake ends it with code 2 and one line that names the variable."""

import subprocess
from pathlib import Path

import pytest

from team_echo.config import load
from team_echo.logging_conf import LogFilter

from .support import COMMAND, SOON, environment, refusal


def test_a_mistake_is_told_on_one_line() -> None:
    ended = subprocess.run(
        COMMAND,
        env=environment(MCP_LOG_FORMAT="xml"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=SOON,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: MCP_LOG_FORMAT (--log-format): ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MCP_LOG", "loudly"),
        ("MCP_LOG_FORMAT", "xml"),
        ("MCP_REQUEST_TIMEOUT_SECONDS", "0"),
        ("MCP_REQUEST_TIMEOUT_SECONDS", ""),
    ],
)
def test_a_value_that_does_not_fit_is_named(variable: str, value: str) -> None:
    assert variable in refusal(**{variable: value})


def test_a_flag_that_does_not_fit_is_named() -> None:
    assert "--log-format" in refusal("--log-format", "xml")
    assert "--no-such-flag" in refusal("--no-such-flag")


def test_the_flag_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCP_AUTH_TOKENS", "token-of-the-tests-1")
    monkeypatch.setenv("MCP_LOG_FORMAT", "json")
    assert load([]).log_format == "json"
    assert load(["--log-format", "text"]).log_format == "text"


def test_an_env_file_is_read_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the file brings is taken back, too.
    monkeypatch.setenv("MCP_LOG", "info")
    monkeypatch.delenv("MCP_LOG")
    path = tmp_path / "some.env"
    path.write_text("# a comment\nMCP_LOG=debug\nMCP_LOG_FORMAT=xml\n")
    monkeypatch.setenv("MCP_AUTH_TOKENS", "token-of-the-tests-1")
    monkeypatch.setenv("MCP_LOG_FORMAT", "json")
    settings = load(["--env-file", str(path)])
    assert (settings.log_format, settings.log) == ("json", LogFilter.parse("debug"))


def test_an_env_file_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    assert "no/such/file" in refusal("--env-file", "no/such/file")

    path = tmp_path / "broken.env"
    path.write_text("MCP_OTHER=info\nsecret without a name\n")
    message = refusal("--env-file", str(path))
    assert "the line after `MCP_OTHER`" in message
    assert "secret" not in message
