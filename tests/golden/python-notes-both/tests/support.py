"""Starting the program, talking to it and stopping it."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from mcp.types import CallToolResult, TextContent

from my_server.config import load
from my_server.errors import ConfigError

# Long enough for a busy machine; nothing waits this long when all is well.
SOON = 30

# How the names of settings begin.
PREFIXES = ("MCP_",)

# The two ways in which a client can open.
ERAS = ["legacy", "2026-07-28"]

PROGRAM = "my_server"
COMMAND = [sys.executable, "-m", PROGRAM]
MISBEHAVING = "tests.misbehaving"

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


def environment(**settings: str) -> dict[str, str]:
    """Return these settings, and none of the caller's."""
    inherited = {it: value for it, value in os.environ.items() if not it.startswith(PREFIXES)}
    return inherited | settings


def failure(result: CallToolResult) -> str:
    """Return what the model reads when a tool has failed."""
    assert result.is_error, result
    content = result.content[0]
    assert isinstance(content, TextContent)
    return content.text


def refusal(*arguments: str, **settings: str) -> str:
    """Load settings, which must be refused, and return the text."""
    with pytest.MonkeyPatch.context() as environ:
        for name, value in settings.items():
            environ.setenv(name, value)
        with pytest.raises(ConfigError) as error:
            load(arguments)
    assert "\n" not in str(error.value)
    return str(error.value)


class Process:
    """A running program, and what it logs."""

    def __init__(self, *arguments: str, program: str = PROGRAM, **settings: str) -> None:
        settings = {"MCP_LOG_FORMAT": "json"} | settings
        self.process = subprocess.Popen(
            [sys.executable, "-m", program, *arguments],
            cwd=Path(__file__).parents[1],
            env=environment(**settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self.log: list[dict[str, Any]] = []
        # What it writes besides its log, such as why it does not start.
        self.words = ""
        # Its log, and `None` at the end.
        self.events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        # The pipe must not fill up.
        self.reader = threading.Thread(target=self._read_log, daemon=True)
        self.reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.kill()

    def kill(self) -> None:
        with self.process:
            self.process.kill()
            self.reader.join(SOON)

    def _read_log(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            if line.startswith("{"):
                self.log.append(json.loads(line))
                self.events.put(self.log[-1])
            else:
                self.words += line
        self.events.put(None)

    def event(self) -> dict[str, Any]:
        """Wait for the next log line."""
        event = self.events.get(timeout=SOON)
        assert event, f"the program has ended\n{self.words}\n{self.log}"
        return event

    def logged(self, message: str) -> dict[str, Any]:
        """Wait for a certain log line."""
        while (event := self.event())["message"] != message:
            pass
        return event

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask the program to stop, as a service manager does, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(SOON)
