"""Which client a request comes from: the other end of the connection, or whom a proxy names."""

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from starlette.datastructures import Headers
from starlette.types import Scope

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# With IPv6 a client has a whole network of this size to itself.
CLIENT_BITS = 64


def parse_networks(text: str) -> tuple[Network, ...]:
    """Read addresses and networks with commas between them."""
    try:
        return tuple(ip_network(word.strip(), strict=False) for word in text.split(",") if text)
    except ValueError:
        raise ValueError(
            "expected an address such as `10.0.0.7`, or a network such as `10.0.0.0/8`"
        ) from None


def client_of(scope: Scope, proxies: Sequence[Network]) -> Address:
    """Return the address of the client, or that of its whole network."""
    peer = scope["client"][0] if scope.get("client") else "::"
    address = _origin(_canonical(ip_address(peer)), Headers(scope=scope), proxies)
    if isinstance(address, IPv6Address) and not address.is_loopback:
        return IPv6Network((address, CLIENT_BITS), strict=False).network_address
    return address


def _origin(peer: Address, headers: Headers, proxies: Sequence[Network]) -> Address:
    """Return the last address on the way here that is not a trusted proxy's.

    What stands before it in the header is only that client's word.
    """
    hops = [hop for value in headers.getlist("x-forwarded-for") for hop in value.split(",")]
    origin = peer
    while hops and any(origin in proxy for proxy in proxies):
        try:
            origin = _hop(hops.pop().strip())
        except ValueError:
            break
    return origin


def _hop(text: str) -> Address:
    """Read an address in the header; some proxies write the port too."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    return _canonical(ip_address(text))


def _canonical(address: Address) -> Address:
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
