"""The program over stdio, as a host starts it."""

import signal
import sys

import anyio
import pytest
from mcp import Client, MCPError, StdioServerParameters

from . import sample
from .piping import StdioProcess
from .support import COMMAND, ERAS, INITIALIZE, MISBEHAVING, SOON, environment

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@pytest.mark.anyio
@pytest.mark.parametrize("era", ERAS)
async def test_clients_of_both_eras_are_served(era: str) -> None:
    host = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env=environment())
    async with Client(host, mode=era, read_timeout_seconds=SOON) as client:
        tools = (await client.list_tools()).tools
        assert sample.TOOL in [tool.name for tool in tools]
        assert not (await client.call_tool(sample.TOOL, sample.ARGUMENTS)).is_error
        assert (await client.call_tool(sample.TOOL, {})).is_error
        with pytest.raises(MCPError):
            await client.call_tool("unknown", {})


@pytest.mark.anyio
async def test_calls_at_the_same_time_are_all_answered() -> None:
    host = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env=environment())
    answered = []

    async def call() -> None:
        answered.append(await client.call_tool(sample.TOOL, sample.ARGUMENTS))

    async with (
        Client(host, read_timeout_seconds=SOON) as client,
        anyio.create_task_group() as calls,
    ):
        for _ in range(100):
            calls.start_soon(call)
    assert len(answered) == 100
    assert not any(result.is_error for result in answered)


def test_nothing_but_the_protocol_reaches_stdout() -> None:
    with StdioProcess("--log", "trace", program=MISBEHAVING) as process:
        process.send(INITIALIZE)
        process.answer(0)
        assert process.process.stdin
        process.process.stdin.write("this is not JSON\n")
        assert "printed" in str(process.call(1, "prints"))
        assert not process.leave()


def test_what_a_handler_or_its_child_reads_is_not_the_protocol() -> None:
    with StdioProcess(program=MISBEHAVING) as process:
        process.send(INITIALIZE)
        assert "handler: '', 'child: '" in str(process.call(1, "reads"))
        assert not process.leave()


def test_a_crash_keeps_its_cause_to_itself() -> None:
    with StdioProcess(program=MISBEHAVING) as process:
        process.send(INITIALIZE)
        answer = process.call(1, "crashes")
        assert "an internal error occurred" in str(answer)
        assert "a secret" not in str(answer)
        assert "a secret" in str(process.logged("internal error"))


def test_a_call_ends_in_time() -> None:
    with StdioProcess("--request-timeout-seconds", "1", program=MISBEHAVING) as process:
        process.send(INITIALIZE)
        assert "the request was stopped after 1 s" in str(process.call(1, "hangs"))


def test_a_client_that_leaves_before_the_handshake_is_no_failure() -> None:
    with StdioProcess() as process:
        assert not process.leave()


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_stop_ends_the_process_after_its_clean_up(number: int) -> None:
    with StdioProcess(program=MISBEHAVING) as process:
        process.send(INITIALIZE)
        process.answer(0)
        hanging = {"name": "hangs", "arguments": {}}
        process.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": hanging})
        assert process.stop(number) == 0
        process.logged("server stopped")


@posix
def test_a_request_to_stop_is_heard_before_the_handshake() -> None:
    with StdioProcess() as process:
        process.logged("server ready")
        assert process.stop() == 0
