"""`DATABASE_URL`: where the database is, and how the way there is protected."""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Self

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ..errors import ConfigError

VARIABLE = "DATABASE_URL"

# All but the first verify the certificate and its name.
MODES = ("disable", "require", "verify-ca", "verify-full")

# Where systems keep the certificates of the authorities that they trust.
BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    # Not for logs: the password is one of them.
    parameters: Mapping[str, str] = field(repr=False)

    @classmethod
    def from_environment(cls) -> Self:
        url = os.environ.get(VARIABLE)
        if url is None:
            raise ConfigError(f"{VARIABLE} must be set, to postgres://USER:PASSWORD@HOST/DATABASE")
        try:
            return cls.parse(url)
        except ValueError as error:
            raise ConfigError(f"{VARIABLE} {error}") from None

    @classmethod
    def parse(cls, url: str) -> Self:
        if not url.startswith(("postgres://", "postgresql://")):
            raise ValueError("must begin with postgres:// or postgresql://")
        try:
            given = conninfo_to_dict(url)
        except psycopg.ProgrammingError:
            # Its text may show a part of the password.
            raise ValueError("is not valid") from None
        parameters = {name: str(value) for name, value in given.items() if value is not None}
        if not parameters.get("host") and "hostaddr" not in parameters:
            raise ValueError("names no host")
        ports = parameters.get("port", "").split(",")
        if not all(port.isdecimal() for port in ports if port):
            raise ValueError("has a port that is no number")
        return cls(parameters | _protection(parameters))


def _protection(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return how the connection is encrypted, and whom it trusts."""
    mode = parameters.get("sslmode", "disable" if _is_local(parameters) else "verify-full")
    if mode not in MODES:
        raise ValueError(
            "has an `sslmode` other than disable, require, verify-ca and verify-full, "
            "all but the first of which verify the certificate and its name"
        )
    if mode == "disable":
        return {"sslmode": mode, "gssencmode": "disable"}
    roots = parameters.get("sslrootcert")
    if roots is None:
        roots = _trusted()
    else:
        try:
            ssl.create_default_context(cafile=roots)
        except OSError:
            raise ValueError("has an `sslrootcert` that is no file of PEM certificates") from None
    return {"sslmode": "verify-full", "sslrootcert": roots, "gssencmode": "disable"}


def _trusted() -> str:
    """Return the file of the authorities that this machine trusts: the driver does not know it."""
    for path in (ssl.get_default_verify_paths().cafile, *BUNDLES):
        if path and Path(path).is_file():
            return path
    raise ValueError(
        "asks for TLS, and no certificate authorities that this machine trusts were found: "
        "name a file of them in `sslrootcert`"
    )


def _is_local(parameters: Mapping[str, str]) -> bool:
    """Whether nothing that is sent leaves this machine."""
    hosts = [host for host in parameters.get("host", "").split(",") if host]
    hosts += [host for host in parameters.get("hostaddr", "").split(",") if host]
    return all(host.startswith("/") or host == "localhost" or _is_loopback(host) for host in hosts)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
