"""Logs that nobody reads hold up nobody."""

import logging
import sys
import threading

import pytest

from team_echo.log_writer import (
    CAPACITY,
    LogWriter,
)

from .support import SOON


class Pipe:
    """Takes nothing until it is told to."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.text = ""

    def write(self, text: str) -> None:
        self.opened.wait(SOON)
        self.text += text

    def flush(self) -> None:
        """There is nothing to do."""


def test_lines_that_nobody_reads_are_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe()
    monkeypatch.setattr(sys, "stderr", pipe)
    writer = LogWriter()
    logger = logging.getLogger("test")
    monkeypatch.setattr(logger, "handlers", [writer])
    monkeypatch.setattr(logger, "level", logging.INFO)
    try:
        for _ in range(5):
            logger.info("x" * (CAPACITY // 2))
        # There is still room for what matters more.
        logger.warning("important")
        pipe.opened.set()
    finally:
        writer.close()
    assert "important" in pipe.text
    assert len(pipe.text) < 4 * CAPACITY
