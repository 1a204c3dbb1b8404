"""The check in front of every route, and the metadata that tells where tokens are (RFC 9728)."""

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from .challenge import Challenge
from .issuer import AuthorizationServer
from .keys import Keys
from .scopes import Grant, Policy
from .tokens import InvalidTokenError, MissingTokenError, Token, TokenError, Verifier
from ..refusals import Refusals, presented
from ...server import Server


class TokenCheck:
    """Refuse a request unless its token is good, and bind sessions to their caller."""

    def __init__(
        self,
        app: ASGIApp,
        verifier: Verifier,
        policy: Policy,
        challenge: Challenge,
        refusals: Refusals,
    ) -> None:
        self.app = app
        self.verifier = verifier
        self.policy = policy
        self.challenge = challenge
        self.refusals = refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            token = await self._token(Headers(scope=scope))
        except TokenError as error:
            answer = self.challenge.refusal(error)
            await self.refusals.answer(scope, str(error), answer)(scope, receive, send)
            return
        if not self.policy.base <= token.scopes:
            answer = self.challenge.insufficient_scope(self.policy.base)
            why = "the token lacks a scope"
            await self.refusals.answer(scope, why, answer)(scope, receive, send)
            return
        caller = token.caller
        scope["state"]["caller"] = caller
        scope["state"]["grant"] = Grant(token.scopes, self.policy, self.challenge)
        scope["state"]["remaining"] = token.remaining
        # To the SDK a session is there only for the user who opened it.
        user = AccessToken(
            token=str(caller),
            client_id=caller.client or "",
            scopes=list(token.scopes),
            subject=caller.subject,
            claims={"iss": caller.issuer},
        )
        scope["user"] = AuthenticatedUser(user)
        await self.app(scope, receive, send)

    async def _token(self, headers: Headers) -> Token:
        given = presented(headers)
        if not given:
            raise MissingTokenError
        if len(given) > 1:
            raise InvalidTokenError("there is more than one token")
        return await self.verifier.verify(given[0])


def protect(routes: list[Route], server: Server) -> list[Route]:
    """Let requests to `routes` in only with a token, and tell everybody who gives them."""
    server.policy.check()
    settings = server.app.settings
    issuer, resource = settings.issuer(), settings.resource()
    verifier = Verifier(Keys(AuthorizationServer(issuer).keys), issuer, resource)
    challenge = Challenge(resource, settings.oauth_scopes)
    refusals = Refusals(settings.rate_limit_per_minute, settings.trusted_proxies)
    for route in routes:
        route.app = TokenCheck(route.app, verifier, server.policy, challenge, refusals)

    async def metadata(_: Request) -> Response:
        return JSONResponse(
            {
                "resource": resource.url,
                "authorization_servers": [issuer.name],
                "scopes_supported": sorted(settings.oauth_scopes),
                "bearer_methods_supported": ["header"],
            }
        )

    return [*routes, *(Route(path, metadata) for path in resource.metadata_paths())]
