"""`DATABASE_URL`: where the database is, and how the way there is protected."""

import ssl
from ipaddress import ip_address
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

# All but the first verify the certificate and its name.
MODES = ("disable", "require", "verify-ca", "verify-full")

# Where systems keep the certificates of the authorities that they trust, which the driver does not know.
BUNDLES = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
]


def check(url: str) -> dict[str, str]:
    """Return what the driver needs, or raise an error that shows nothing of the URL."""
    if not url.startswith(("postgres://", "postgresql://")):
        raise ValueError("DATABASE_URL must be set, to postgres://USER:PASSWORD@HOST/DATABASE")
    try:
        given = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except psycopg.ProgrammingError:
        raise ValueError("DATABASE_URL is not valid") from None
    if not given.get("host"):
        raise ValueError("DATABASE_URL names no host")
    hosts = [*given["host"].split(","), *filter(None, given.get("hostaddr", "").split(","))]
    mode = given.get("sslmode", "disable" if all(map(is_local, hosts)) else "verify-full")
    if mode not in MODES:
        raise ValueError(f"DATABASE_URL has an `sslmode` other than {', '.join(MODES)}")
    if mode == "disable":
        return {**given, "sslmode": mode, "gssencmode": "disable"}
    known = given.get("sslrootcert", ssl.get_default_verify_paths().cafile)
    roots = next((path for path in [known, *BUNDLES] if path and Path(path).is_file()), None)
    if roots is None or given.get("sslrootcert", roots) != roots:
        raise ValueError("DATABASE_URL asks for TLS: `sslrootcert` must name a file of certificate authorities")
    return {**given, "sslmode": "verify-full", "sslrootcert": roots, "gssencmode": "disable"}


def is_local(host: str) -> bool:
    """Return whether nothing that is sent to `host` leaves this machine."""
    try:
        return host == "localhost" or host.startswith("/") or ip_address(host).is_loopback
    except ValueError:
        return False
