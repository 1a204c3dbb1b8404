"""Which transport the program serves."""

from .piping import StdioProcess
from .support import refusal


def test_an_unknown_transport_is_refused() -> None:
    assert "MCP_TRANSPORT" in refusal(MCP_TRANSPORT="pigeon")


def test_settings_of_a_transport_that_is_not_served_need_not_fit_together() -> None:
    message = refusal("--transport", "http", MCP_METRICS_PORT="8000", MCP_PORT="8000")
    assert "MCP_METRICS_PORT" in message
    with StdioProcess(MCP_METRICS_PORT="8000", MCP_PORT="8000") as process:
        assert not process.leave()
