"""What a log line may hold."""

import subprocess
import sys

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
