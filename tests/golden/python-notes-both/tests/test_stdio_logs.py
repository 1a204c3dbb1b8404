"""What the log tells of requests over stdio: nothing, unless it is asked to."""

import json
import subprocess

from . import sample
from .support import COMMAND, INITIALIZE, SOON, environment

FORGED = "3\nforged \x1b[31m"


def log_of_two_calls(*arguments: str) -> list[str]:
    """Call a tool that is there, and one with a name that would be a log line of its own."""
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    calls = {2: (sample.TOOL, sample.ARGUMENTS), FORGED: (f"tool {FORGED}", {})}
    requests = [
        {
            "jsonrpc": "2.0",
            "id": number,
            "method": "tools/call",
            "params": {"name": name, "arguments": given},
        }
        for number, (name, given) in calls.items()
    ]
    with subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdin
        assert process.stdout
        for message in (INITIALIZE, ready, *requests):
            process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        # The end of input would cancel what is still to be answered.
        answered = {0, 2, FORGED}
        while answered:
            answered.discard(json.loads(process.stdout.readline()).get("id"))
        _, log = process.communicate(timeout=SOON)
    return log.splitlines()


def test_calls_are_told_of_when_that_is_asked_for() -> None:
    log = log_of_two_calls()
    assert log
    assert not [line for line in log if "tool called" in line]

    log = log_of_two_calls("--log", "debug", "--log-format", "json")
    calls = [event for event in map(json.loads, log) if event["message"] == "tool called"]
    told = {(call["id"], call["level"], call["outcome"], call.get("tool")) for call in calls}
    assert told == {(2, "DEBUG", "ok", sample.TOOL), (FORGED, "DEBUG", "error", None)}
    assert all(call["duration_us"] > 0 for call in calls)


def test_what_a_client_sends_begins_no_line_and_commands_no_terminal() -> None:
    forged = [line for line in log_of_two_calls("--log", "trace") if "forged" in line]
    assert forged
    for line in forged:
        assert "tool called" in line
        assert "\x1b" not in line


def test_arguments_are_not_told_at_any_level() -> None:
    log = log_of_two_calls("--log", "trace")
    for argument in sample.ARGUMENTS.values():
        assert not [line for line in log if str(argument) in line]
