"""`/metrics`, as Prometheus reads it."""

import pytest
from mcp import MCPError

from . import sample
from .connecting import connect
from .serving import HttpProcess
from .support import ERAS

CALLS = f'outcome="ok",tool="{sample.TOOL}"'


def metrics(server: HttpProcess) -> list[str]:
    response = server.get("/metrics")
    assert response.headers["Content-Type"].startswith("application/openmetrics-text; ")
    return response.read().decode().splitlines()


@pytest.mark.anyio
async def test_calls_are_counted_and_timed_for_each_tool_there_is() -> None:
    with HttpProcess() as server:
        assert f"mcp_tool_calls_total{{{CALLS}}} 0.0" in metrics(server)
        async with connect(server.url, ERAS[1]) as client:
            await client.call_tool(sample.TOOL, sample.ARGUMENTS)
            for number in range(20):
                with pytest.raises(MCPError):
                    await client.call_tool(f"made-up-{number}", {})
                with pytest.raises(MCPError):
                    await client.get_prompt(f"made-up-{number}")
        lines = metrics(server)
        assert f"mcp_tool_calls_total{{{CALLS}}} 1.0" in lines
        assert f'mcp_tool_call_duration_seconds_bucket{{le="+Inf",{CALLS}}} 1.0' in lines
        for method, outcome, count in (
            ("tools/call", "ok", 1),
            ("tools/call", "error", 20),
            ("prompts/get", "error", 20),
        ):
            labels = f'method="{method}",outcome="{outcome}"'
            assert f"mcp_requests_total{{{labels}}} {count}.0" in lines
        assert "mcp_requests_in_flight 0.0" in lines
        assert not [line for line in lines if "made-up" in line]


def test_sessions_and_refusals_are_counted() -> None:
    with HttpProcess("--max-sessions", "2") as server:
        assert [server.post().status for _ in range(3)] == [200, 200, 503]
        assert server.post(Host="evil.example").status == 403
        lines = metrics(server)
        assert "mcp_sessions 2.0" in lines
        for status in (403, 503):
            assert f'mcp_http_refusals_total{{status="{status}"}} 1.0' in lines
