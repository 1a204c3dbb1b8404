"""The authorization server, as far as it is asked: for its metadata, and for the keys that its
tokens are signed with. Nothing of a request reaches it.
"""

import ssl
from typing import Any, TypeVar

import anyio
import httpx2
from pydantic import BaseModel, ValidationError

from .settings import Issuer

# How long finding the keys may take, from the first request to the last byte.
PATIENCE = 5

MAX_DOCUMENT_BYTES = 256 * 1024

HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}


class IssuerError(Exception):
    """For the log: clients learn only that their token cannot be checked now."""


class Metadata(BaseModel):
    issuer: str
    jwks_uri: str


class KeyDocument(BaseModel):
    keys: list[Any]


Model = TypeVar("Model", bound=BaseModel)


class AuthorizationServer:
    """Follows no redirect and asks no proxy."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._trusted = ssl.create_default_context()

    async def keys(self) -> list[Any]:
        """Return the keys that it signs tokens with now."""
        client = httpx2.AsyncClient(verify=self._trusted, trust_env=False, timeout=PATIENCE)
        try:
            with anyio.fail_after(PATIENCE):
                async with client:
                    url = await self._keys_url(client)
                    return (await _get(client, url, KeyDocument)).keys
        except TimeoutError:
            raise IssuerError(f"no answer in {PATIENCE} s") from None

    async def _keys_url(self, client: httpx2.AsyncClient) -> str:
        failures = []
        for url in self._issuer.metadata_urls():
            try:
                metadata = await _get(client, url, Metadata)
            except IssuerError as error:
                failures.append(str(error))
                continue
            if metadata.issuer != self._issuer.name:
                failures.append(f"{url} is the metadata of another issuer")
                continue
            try:
                self._issuer.check_link(metadata.jwks_uri)
            except ValueError as error:
                raise IssuerError(f"`jwks_uri` at {url}: {error}") from None
            return metadata.jwks_uri
        raise IssuerError("; ".join(failures))


async def _get(client: httpx2.AsyncClient, url: str, model: type[Model]) -> Model:
    body = bytearray()
    try:
        async with client.stream("GET", url, headers=HEADERS) as response:
            if response.status_code != httpx2.codes.OK:
                raise IssuerError(f"{url}: status {response.status_code}")
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MAX_DOCUMENT_BYTES:
                    raise IssuerError(f"{url}: more than {MAX_DOCUMENT_BYTES} bytes")
        return model.model_validate_json(bytes(body))
    except ValidationError:
        raise IssuerError(f"{url}: not what the standards say") from None
    except httpx2.HTTPError as error:
        raise IssuerError(f"{url}: {error}") from None
