"""Nobody has to prove who they are, so other machines stay out unless that is intended."""

from .serving import SETTINGS
from .support import SOON, Process, refusal

# An address that no machine has.
ELSEWHERE = "192.0.2.1"


def test_other_machines_are_let_in_only_when_that_is_said() -> None:
    assert "MCP_ALLOW_UNAUTHENTICATED" in refusal(MCP_ALLOW_UNAUTHENTICATED="perhaps")
    message = refusal("--host", ELSEWHERE, MCP_TRANSPORT="http")
    assert "MCP_ALLOW_UNAUTHENTICATED" in message

    with Process("--host", ELSEWHERE, "--allow-unauthenticated", **SETTINGS) as allowed:
        assert allowed.process.wait(SOON) == 1
        error = allowed.logged("the server stopped with an error")
        assert f"cannot listen on {ELSEWHERE}" in str(error)
