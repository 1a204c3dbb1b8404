"""What a log line may hold."""

import subprocess
import sys

import pytest

from .support import PROGRAM, SOON

FAILING = f"""
import logging
from {PROGRAM}.logging_conf import LogFilter, configure_logging
configure_logging(LogFilter.parse("info"), "text")
try:
    raise RuntimeError("first\\nforged \\x1b[31m")
except RuntimeError:
    logging.exception("failed")
"""


def test_an_error_s_text_begins_no_line_and_commands_no_terminal() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FAILING],
        capture_output=True,
        encoding="utf-8",
        timeout=SOON,
        check=True,
    )
    head, *below = ended.stderr.splitlines()
    assert head.endswith("root: failed")
    assert below[0] == "  Traceback (most recent call last):"
    assert below[-2:] == ["  RuntimeError: first", r"  forged \x1b[31m"]
    assert all(line.startswith("  ") for line in below)


UNSPEAKABLE = f"""
import sys
import structlog
from {PROGRAM}.logging_conf import LogFilter, configure_logging
configure_logging(LogFilter.parse("info"), sys.argv[1])
class Unspeakable:
    def __repr__(self): raise ValueError("a secret")
structlog.stdlib.get_logger("here").info("said", value=Unspeakable())
"""


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_what_cannot_be_written_does_not_fail_who_logs_it(log_format: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", UNSPEAKABLE, log_format],
        capture_output=True,
        encoding="utf-8",
        timeout=SOON,
        check=True,
    )
    assert "a log line cannot be written" in ended.stderr
    assert "ValueError" in ended.stderr
    assert "a secret" not in ended.stderr
