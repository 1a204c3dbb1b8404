"""Settings of the OAuth resource server."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

Scopes = frozenset[str]

# Where RFC 9728 wants the metadata of a resource: before the resource's own path.
WELL_KNOWN = "/.well-known/oauth-protected-resource"

URL_FORM = "expected a URL such as `https://name/path`"
# RFC 6749 leaves out what would end the quoted text of a challenge.
SCOPE = re.compile(r"[!#-\[\]-~]+")
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._~-]*")


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authorization server.

    Its name is compared as it is written, with or without a `/` at the end.
    """

    name: str
    origin: str
    path: str

    @classmethod
    def parse(cls, text: str) -> Self:
        url = _identifier(text)
        return cls(text, _origin(url), url.path.rstrip("/"))

    def check_link(self, text: str) -> None:
        """Check a URL in its metadata: what comes over TLS must not lead to what does not."""
        url = _secure(text)
        if self.origin.startswith("https:") and url.scheme != "https":
            raise ValueError("expected `https`, as for the issuer")

    def metadata_urls(self) -> list[str]:
        """Return where its metadata may be: as RFC 8414 says, then as OpenID Connect does."""
        urls = [
            f"{self.origin}/.well-known/oauth-authorization-server{self.path}",
            f"{self.origin}/.well-known/openid-configuration{self.path}",
        ]
        if self.path:
            urls.append(f"{self.origin}{self.path}/.well-known/openid-configuration")
        return urls


@dataclass(frozen=True, slots=True)
class Resource:
    """The URL that tokens are for."""

    url: str
    origin: str
    path: str

    @classmethod
    def parse(cls, text: str) -> Self:
        url = _identifier(text)
        path = url.path.rstrip("/")
        if not PLAIN_PATH.fullmatch(path):
            raise ValueError("expected a path of letters, digits, `.`, `_`, `~` and `-`")
        return cls(text, _origin(url), path)

    @property
    def metadata_url(self) -> str:
        return f"{self.origin}{WELL_KNOWN}{self.path}"

    def metadata_paths(self) -> list[str]:
        """Return the paths of the metadata on this server.

        Clients that were not told of the first try the second.
        """
        return list(dict.fromkeys([f"{WELL_KNOWN}{self.path}", WELL_KNOWN]))


def parse_scopes(text: str) -> Scopes:
    """Read names of scopes with commas or spaces between them."""
    return Scopes(_scope(name) for name in re.split("[, ]", text) if name)


def parse_tool_scopes(text: str) -> dict[str, Scopes]:
    """Read `tool=scope` pairs with commas between them; a tool may have several."""
    scopes: dict[str, Scopes] = {}
    for word in filter(None, text.split(",")):
        tool, equals, scope = word.strip().partition("=")
        if not equals:
            raise ValueError("expected `tool=scope`")
        scopes[tool] = scopes.get(tool, Scopes()) | {_scope(scope)}
    return scopes


def _scope(name: str) -> str:
    if not SCOPE.fullmatch(name):
        raise ValueError('expected names of visible ASCII characters but `"` and `\\`')
    return name


def _identifier(text: str) -> SplitResult:
    """Read a URL by which something is known, and which others are made of."""
    if "?" in text or "#" in text:
        raise ValueError(f"{URL_FORM}, without query and fragment")
    return _secure(text)


def _secure(text: str) -> SplitResult:
    """Read a URL that nobody between here and there can read or change."""
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        raise ValueError(URL_FORM) from None
    if not host or re.search(r"[^!-~]|@", text):
        raise ValueError(URL_FORM)
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(host)):
        raise ValueError("expected `https`; `http` is for this machine only")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(url: SplitResult) -> str:
    return f"{url.scheme}://{url.netloc}"


IssuerSetting = Annotated[Annotated[Issuer, BeforeValidator(Issuer.parse)] | None, NoDecode]
ResourceSetting = Annotated[Annotated[Resource, BeforeValidator(Resource.parse)] | None, NoDecode]
ScopesSetting = Annotated[Scopes, NoDecode, BeforeValidator(parse_scopes)]
ToolScopesSetting = Annotated[dict[str, Scopes], NoDecode, BeforeValidator(parse_tool_scopes)]
