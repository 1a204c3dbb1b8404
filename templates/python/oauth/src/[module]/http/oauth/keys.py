"""The keys of the authorization server, asked for when they are needed and kept for a while."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Self

import structlog
from jwt import PyJWK
from jwt.exceptions import PyJWTError
from pydantic import BaseModel, ValidationError

from .issuer import IssuerError

log = structlog.stdlib.get_logger(__name__)

# Keys older than this are asked for again, while they still count.
FRESH = 10 * 60
# Keys older than this do not count: the authorization server may have withdrawn them.
USABLE = 60 * 60
# How long it is left alone after it was asked, whatever tokens come in.
PAUSE = 5

# What a key of a kind may verify. A shared secret is no such kind.
FITTING = {
    ("RSA", None): ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("OKP", "Ed25519"): ("EdDSA",),
}
ALGORITHMS = {name for names in FITTING.values() for name in names}
PUBLIC = ("kty", "crv", "n", "e", "x", "y")


class UnknownKeyError(Exception):
    """The authorization server has no such key."""


class KeysUnavailableError(Exception):
    """Nobody knows: the authorization server does not answer."""


class Document(BaseModel):
    """What a key says of itself."""

    kty: str
    crv: str | None = None
    use: str | None = None
    key_ops: list[str] | None = None
    alg: str | None = None
    kid: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, and what it may verify."""

    id: str | None
    algorithms: Sequence[str]
    public: PyJWK

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self | None:
        """Return nothing for a key that is not for signatures of a kind this server takes."""
        try:
            told = Document.model_validate(document)
        except ValidationError:
            return None
        algorithms = FITTING.get((told.kty, told.crv), ())
        if told.alg is not None:
            algorithms = (told.alg,) if told.alg in algorithms else ()
        if told.use not in (None, "sig") or "verify" not in (told.key_ops or ["verify"]):
            return None
        if not algorithms:
            return None
        public = {name: document[name] for name in PUBLIC if name in document}
        try:
            key = PyJWK(public, algorithms[0])
        except PyJWTError:
            return None
        too_short = key.Algorithm.check_key_length(key.key)
        return None if too_short else cls(told.kid, algorithms, key)


class Keys:
    def __init__(
        self,
        ask: Callable[[], Awaitable[Sequence[dict[str, Any]]]],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._keys: list[Key] = []
        # When the keys were asked for, if they ever were.
        self._since = -float("inf")
        # When the authorization server was asked last, and whether that failed.
        self._asked = -float("inf")
        self._failed = False
        self._asking: asyncio.Task[None] | None = None

    async def find(self, key_id: str | None, algorithm: str) -> Key:
        """Return the key that a token with this header was signed with.

        Whoever needs keys that are not there waits for the same answer.
        """
        now = self._clock()
        found = self._known(key_id, algorithm, now)
        if self._is_due(found, now):
            self._asked = now
            # A task of its own, so that a client that goes away takes nothing from the others.
            self._asking = asyncio.create_task(self._refresh(now))
        if found is None and self._asking is not None:
            await asyncio.wait([self._asking])
            found = self._known(key_id, algorithm, self._clock())
        if found is None:
            raise KeysUnavailableError if self._failed else UnknownKeyError
        return found

    def _known(self, key_id: str | None, algorithm: str, now: float) -> Key | None:
        """Return the one key that can be meant: without an id the only one for the algorithm."""
        if now - self._since >= USABLE:
            return None
        meant = [
            key for key in self._keys if key_id in (None, key.id) and algorithm in key.algorithms
        ]
        return meant[0] if len(meant) == 1 else None

    def _is_due(self, found: Key | None, now: float) -> bool:
        """Whether to ask the authorization server."""
        fresh = found is not None and now - self._since < FRESH
        asking = self._asking is not None and not self._asking.done()
        return not fresh and not asking and now - self._asked >= PAUSE

    async def _refresh(self, now: float) -> None:
        self._failed = True
        try:
            keys = [key for document in await self._ask() if (key := Key.of(document))]
            why = "it has no key that this server can use"
        except IssuerError as error:
            keys, why = [], str(error)
        if not keys:
            log.error("cannot get the authorization server's keys", error=why)
            return
        self._keys, self._since, self._failed = keys, now, False
