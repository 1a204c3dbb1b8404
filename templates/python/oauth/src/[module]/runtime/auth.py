"""OAuth: which tokens are good, what they allow, and where clients get them."""

import json
import logging
import ssl
from typing import Any

import anyio
import httpx2
import jwt
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.routes import build_resource_metadata_url, create_protected_resource_routes
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from mcp.types import Tool
from pydantic import AnyHttpUrl
from starlette.authentication import AuthenticationError
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..config import Settings

log = logging.getLogger(__name__)

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
# What is no access token may say so.
TYPES = {"jwt", "at+jwt", "application/at+jwt"}
PATIENCE = 5


class Verifier(TokenVerifier):
    """Checks tokens with the keys of the authorization server, which PyJWT keeps and asks for again."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.trusted = ssl.create_default_context()
        self.keys: jwt.PyJWKClient | None = None

    async def verify_token(self, token: str) -> AccessToken | None:
        try:
            claims = await anyio.to_thread.run_sync(self.claims, token)
        except (jwt.PyJWKClientConnectionError, httpx2.HTTPError) as error:
            log.warning("the authorization server does not answer: %s", error)
            raise AuthenticationError("tokens cannot be checked now") from None
        except (jwt.PyJWTError, ValueError) as error:
            log.warning("a token was refused: %s", error)
            return None
        scopes = claims.get("scope") or claims.get("scp") or []
        return AccessToken(
            token=token,
            client_id=str(claims.get("client_id") or claims.get("azp") or ""),
            scopes=scopes.split() if isinstance(scopes, str) else [str(scope) for scope in scopes],
            expires_at=int(claims["exp"]),
            subject=str(claims["sub"]),
            claims={"iss": claims["iss"]},
        )

    def claims(self, token: str) -> dict[str, Any]:
        if str(jwt.get_unverified_header(token).get("typ", "JWT")).lower() not in TYPES:
            raise jwt.InvalidTokenError("it is no access token")
        if self.keys is None:
            self.keys = jwt.PyJWKClient(self.keys_url(), timeout=PATIENCE, ssl_context=self.trusted)
        return jwt.decode(
            token,
            self.keys.get_signing_key_from_jwt(token),
            algorithms=ALGORITHMS,
            issuer=self.settings.oauth_issuer,
            audience=self.settings.oauth_resource,
            leeway=30,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )

    def keys_url(self) -> str:
        """Ask the authorization server (RFC 8414, or OpenID Connect Discovery) where its keys are."""
        issuer = httpx2.URL(self.settings.oauth_issuer)
        path = issuer.path.rstrip("/")
        places = [
            f"/.well-known/oauth-authorization-server{path}",
            f"{path}/.well-known/openid-configuration",
        ]
        with httpx2.Client(verify=self.trusted, trust_env=False, timeout=PATIENCE) as client:
            for place in places:
                response = client.get(issuer.join(place))
                if response.is_success and response.json().get("issuer") == self.settings.oauth_issuer:
                    return str(response.json()["jwks_uri"])
        raise httpx2.RequestError(f"no metadata of {issuer}")


class Challenge:
    """Answers of the kind that tells a client which token to get."""

    def __init__(self, settings: Settings) -> None:
        self.metadata_url = build_resource_metadata_url(AnyHttpUrl(settings.oauth_resource))

    def insufficient_scope(self, scopes: set[str]) -> JSONResponse:
        needed = " ".join(sorted(scopes))
        challenge = f'Bearer error="insufficient_scope", scope="{needed}", resource_metadata="{self.metadata_url}"'
        body = {"error": "insufficient_scope", "error_description": f"Required scopes: {needed}"}
        return JSONResponse(body, 403, {"WWW-Authenticate": challenge})

    @staticmethod
    def unavailable(_: HTTPConnection, error: Exception) -> PlainTextResponse:
        return PlainTextResponse(f"{error}\n", 503, {"Retry-After": "5"})


class ToolScopes:
    """Refuses calls of tools that need more scopes than the token has."""

    def __init__(self, app: ASGIApp, mcp: MCPServer, settings: Settings, challenge: Challenge) -> None:
        self.app = app
        self.mcp = mcp
        self.base = set(settings.oauth_scopes.split(","))
        self.write = set(settings.oauth_write_scopes.split(","))
        pairs = [pair.partition("=") for pair in settings.oauth_tool_scopes.split(",") if pair]
        self.own: dict[str, set[str]] = {}
        for tool, _, scope in pairs:
            self.own.setdefault(tool, set()).add(scope)
        self.challenge = challenge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        user: AuthenticatedUser = scope["user"]
        body = await Request(scope, receive).body()
        needed = self.base | await self.needed(body)
        if not needed <= set(user.scopes):
            return await self.challenge.insufficient_scope(needed)(scope, receive, send)
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        return await self.app(scope, replay, send)

    async def needed(self, body: bytes) -> set[str]:
        try:
            message = json.loads(body)
        except ValueError:
            return set()
        match message:
            case {"method": "tools/call", "params": {"name": str(name)}}:
                tools: dict[str, Tool] = {tool.name: tool for tool in await self.mcp.list_tools()}
                hints = tools[name].annotations if name in tools else None
                # A tool that does not say that it is read-only counts as one that writes.
                read_only = name not in tools or bool(hints and hints.read_only_hint)
                return self.own.get(name, set() if read_only else self.write)
        return set()


def metadata(settings: Settings) -> list[Route]:
    """Tell clients where they get a token (RFC 9728)."""
    # These settings keep a URL without a path as it is: an issuer is compared letter for letter.
    urls = {"issuer_url": settings.oauth_issuer, "resource_server_url": settings.oauth_resource}
    auth = AuthSettings.model_validate({**urls, "validate_token_resource": False})
    return create_protected_resource_routes(
        auth.resource_server_url or AnyHttpUrl(settings.oauth_resource),
        [auth.issuer_url],
        settings.oauth_scopes.split(","),
    )
