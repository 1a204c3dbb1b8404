"""Access tokens: signed by the authorization server, for this server, and for now."""

from dataclasses import dataclass
from time import time
from typing import Any

import jwt
from jwt.utils import base64url_decode
from pydantic import BaseModel, ValidationError

from .keys import ALGORITHMS, Key, Keys, KeysUnavailableError, UnknownKeyError
from .settings import Issuer, Resource, Scopes
from ...auth import Caller

# A token that is longer is not looked at.
MAX_BYTES = 8 * 1024
# How far the clocks of two machines may be apart, in seconds.
LEEWAY = 30

# Not everybody sets it. What is no access token has another audience.
TYPES = {"jwt", "at+jwt", "application/at+jwt"}

MALFORMED = "the token is malformed"
MALFORMED_CLAIM = "a claim is missing or malformed"
REASONS: dict[type[jwt.PyJWTError], str] = {
    jwt.DecodeError: MALFORMED,
    jwt.InvalidSignatureError: "the signature is wrong",
    jwt.ExpiredSignatureError: "the token has expired",
    jwt.ImmatureSignatureError: "the token is not valid yet",
    jwt.InvalidIssuerError: "the token is of another issuer",
    jwt.InvalidAudienceError: "the token is for another resource",
}


class TokenError(Exception):
    """The text is for the log, and for a challenge."""


class MissingTokenError(TokenError):
    def __init__(self) -> None:
        super().__init__("there is no token")


class InvalidTokenError(TokenError):
    """The client needs another one; the text says why."""


class UnverifiableTokenError(TokenError):
    """Without the authorization server's keys nobody can say."""

    def __init__(self) -> None:
        super().__init__("tokens cannot be checked now")


@dataclass(frozen=True, slots=True)
class Token:
    caller: Caller
    scopes: Scopes
    # How long it is valid from now, in seconds.
    remaining: float


class Header(BaseModel):
    alg: str
    kid: str | None = None
    typ: str | None = None
    crit: Any = None


class Claims(BaseModel):
    iss: str
    sub: str
    exp: float
    iat: float | None = None
    # RFC 9068 has a text; some authorization servers have lists.
    scope: str | list[str] = []
    scp: str | list[str] = []
    client_id: str | None = None
    azp: str | None = None


class Verifier:
    def __init__(self, keys: Keys, issuer: Issuer, resource: Resource) -> None:
        self._keys = keys
        self._issuer = issuer.name
        self._audience = resource.url

    async def verify(self, token: str) -> Token:
        """Return what a good token says."""
        header = _header(token)
        try:
            key = await self._keys.find(header.kid, header.alg)
        except UnknownKeyError:
            raise InvalidTokenError("the key is not known") from None
        except KeysUnavailableError:
            raise UnverifiableTokenError from None
        claims = self._claims(token, key)
        now = time()
        if claims.iat is not None and not 0 <= claims.iat <= now + LEEWAY:
            raise InvalidTokenError("the token is from the future")
        return Token(
            Caller(claims.iss, claims.sub, claims.client_id or claims.azp),
            _names(claims.scope) | _names(claims.scp),
            max(claims.exp - now, 0),
        )

    def _claims(self, token: str, key: Key) -> Claims:
        try:
            claims = jwt.decode(
                token,
                key.public.key,
                algorithms=key.algorithms,
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"], "verify_iat": False},
            )
            return Claims.model_validate(claims)
        except jwt.PyJWTError as error:
            raise InvalidTokenError(REASONS.get(type(error), MALFORMED_CLAIM)) from None
        except ValidationError:
            raise InvalidTokenError(MALFORMED_CLAIM) from None


def _header(token: str) -> Header:
    """Return the header, if a token with it can be one of ours."""
    if len(token) > MAX_BYTES:
        raise InvalidTokenError("the token is too long")
    parts = token.split(".")
    try:
        header = Header.model_validate_json(base64url_decode(parts[0]))
    except ValueError:
        raise InvalidTokenError(MALFORMED) from None
    if header.alg.startswith("HS"):
        raise InvalidTokenError("the algorithm is not asymmetric")
    if len(parts) != 3 or header.alg not in ALGORITHMS:
        raise InvalidTokenError(MALFORMED)
    if header.crit is not None:
        raise InvalidTokenError("the token has critical extensions")
    if (header.typ or "JWT").lower() not in TYPES:
        raise InvalidTokenError("the token is no access token")
    return header


def _names(scopes: str | list[str]) -> Scopes:
    return Scopes(scopes.split(" ") if isinstance(scopes, str) else scopes)
