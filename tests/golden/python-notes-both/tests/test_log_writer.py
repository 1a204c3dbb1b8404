"""Logs that nobody reads hold up nobody."""

import logging
import sys
import threading

import pytest

from my_server.log_writer import (
    CAPACITY,
    LogWriter,
)

from .support import SOON


class Pipe:
    """Takes nothing until it is told to."""

    def __init__(self) -> None:
        self.offered = threading.Event()
        self.opened = threading.Event()
        self.text = ""

    def write(self, text: str) -> None:
        self.offered.set()
        self.opened.wait(SOON)
        self.text += text

    def flush(self) -> None:
        """There is nothing to do."""


def test_lines_that_nobody_reads_are_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe()
    monkeypatch.setattr(sys, "stderr", pipe)
    writer = LogWriter()
    # The one on which the writer itself tells what it has lost.
    logger = logging.getLogger(LogWriter.__module__)
    monkeypatch.setattr(logger, "handlers", [writer])
    monkeypatch.setattr(logger, "level", logging.INFO)
    try:
        logger.info("first")
        assert pipe.offered.wait(SOON)
        for _ in range(5):
            logger.info("x" * (CAPACITY // 2))
        # There is still room for what matters more.
        logger.warning("important")
        pipe.opened.set()
    finally:
        writer.close()
    lines = pipe.text.splitlines()
    told = [line for line in lines if not line.startswith("x")]
    assert told == ["first", "important", "4 log lines were lost, which nobody read in time"]
    assert len(lines) - len(told) == 1


def test_a_line_that_cannot_be_written_does_not_fail_who_logs_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    writer = LogWriter()
    try:
        writer.handle(logging.makeLogRecord({"msg": "%d lines", "args": ("no",)}))
    finally:
        writer.close()
    assert "%d lines" in capsys.readouterr().err
