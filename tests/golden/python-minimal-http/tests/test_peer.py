import pytest

from team_echo.http.peer import (
    client_of,
    parse_networks,
)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
        ("10.0.0.7", [], "10.0.0.7"),
        ("10.0.0.7", ["203.0.113.9"], "203.0.113.9"),
        ("::ffff:10.0.0.7", ["203.0.113.9"], "203.0.113.9"),
        ("fd00::1", ["2001:db8::1"], "2001:db8::"),
        ("127.0.0.1", ["203.0.113.9:5000"], "203.0.113.9"),
        # What a client claims stands before what the proxies saw.
        ("10.0.0.7", ["127.0.0.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.7", ["198.51.100.1", "203.0.113.9, 10.1.2.3"], "203.0.113.9"),
        ("10.0.0.7", ["198.51.100.1, unknown"], "10.0.0.7"),
        ("10.0.0.7", [""], "10.0.0.7"),
        ("::1", [], "::1"),
    ],
)
def test_only_trusted_proxies_say_who_a_client_is(
    peer: str, forwarded: list[str], client: str
) -> None:
    proxies = parse_networks("10.0.0.0/8, 127.0.0.1,fd00::/8")
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope = {"type": "http", "client": (peer, 1), "headers": headers}
    assert str(client_of(scope, proxies)) == client


@pytest.mark.parametrize("text", ["10.0.0.0/33", "proxy.example", "10.0.0.1,"])
def test_a_network_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected an address"):
        parse_networks(text)
