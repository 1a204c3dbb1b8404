"""`/healthz` and `/readyz`, as load balancers and container platforms ask for them."""

import sys

import pytest

from .serving import HttpProcess


def test_probes_are_answered_to_everybody() -> None:
    foreign = {"Host": "evil.example", "Origin": "http://evil.example"}
    with HttpProcess() as server:
        for path in ("/healthz", "/readyz"):
            assert server.get(path, **foreign).status == 200


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_server_that_is_to_stop_sends_load_balancers_away_first() -> None:
    with HttpProcess("--shutdown-delay-seconds", "60") as server:
        assert server.get("/readyz").status == 200
        server.process.terminate()
        while server.get("/readyz").status == 200:
            pass
        assert server.get("/readyz").status == 503
        assert server.get("/healthz").status == 200
        assert server.post().status == 200
