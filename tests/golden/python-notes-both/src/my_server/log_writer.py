"""Takes log lines to stderr.

A thread of its own writes them, several at a time, so that no request waits for whoever reads them.
"""

import logging
import sys
import threading
from contextlib import suppress
from typing import NoReturn

import structlog

# How many characters may wait for a slow reader. Warnings and errors may wait in twice as many, so
# that other lines never take their place.
CAPACITY = 1 << 20
# How long lines are collected after others were written, in seconds.
PAUSE = 0.02
# How long the last lines may take when the process ends.
PATIENCE = 1.0

log = logging.getLogger(__name__)


class LogWriter(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()
        self._lines: list[str] = []
        self._waiting = 0
        # How many lines there was no room for.
        self._lost = 0
        self._closing = False
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001 - whoever logs must not fail by it
            self.handleError(record)
        else:
            self._put(line, important=record.levelno >= logging.WARNING)

    def take(self, _logger: object, method: str, line: object) -> NoReturn:
        """Be the last of structlog's processors: a record of each line would only take time."""
        self._put(str(line), important=method not in {"debug", "info"})
        raise structlog.DropEvent

    def _put(self, line: str, *, important: bool) -> None:
        line += "\n"
        capacity = 2 * CAPACITY if important else CAPACITY
        with self._changed:
            if self._waiting + len(line) > capacity:
                self._lost += 1
                return
            self._lines.append(line)
            self._waiting += len(line)
            if len(self._lines) == 1:
                self._changed.notify()

    def close(self) -> None:
        """Write what is left, as long as somebody reads it; `logging` calls this at the exit."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(PATIENCE)
        super().close()

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines or self._closing)
                text, lost = "".join(self._lines), self._lost
                self._lines, self._waiting, self._lost = [], 0, 0
            if not text:
                return
            # There is nobody left to tell that nobody reads.
            with suppress(OSError, ValueError):
                sys.stderr.write(text)
                sys.stderr.flush()
            if lost:
                log.warning("%s log lines were lost, which nobody read in time", lost)
            with self._changed:
                self._changed.wait_for(lambda: self._closing, PAUSE)
