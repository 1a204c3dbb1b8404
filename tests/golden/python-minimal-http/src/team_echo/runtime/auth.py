"""Bearer tokens: which ones are good, and what callers are known by."""

import hashlib
import hmac
from collections.abc import Iterable

from mcp.server.auth.provider import AccessToken, TokenVerifier


class Tokens(TokenVerifier):
    def __init__(self, tokens: Iterable[str]) -> None:
        self.digests = [_digest(token) for token in tokens]

    async def verify_token(self, token: str) -> AccessToken | None:
        digest = _digest(token)
        if not any(hmac.compare_digest(digest, good) for good in self.digests):
            return None
        return AccessToken(token=token, client_id=digest[:8], scopes=[])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
