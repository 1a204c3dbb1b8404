"""An authorization server on threads of its own, and its keys, made for the test."""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

# What the tokens of the tests are for.
RESOURCE = "https://mcp.example/mcp"

Claims = dict[str, Any]


class Key:
    def __init__(self, key_id: str, algorithm: str = "ES256") -> None:
        self.id = key_id
        self.algorithm = algorithm
        self.public: dict[str, Any]
        if algorithm == "ES256":
            self._private: Any = ec.generate_private_key(ec.SECP256R1())
            self.public = ECAlgorithm.to_jwk(self._private.public_key(), as_dict=True)
        elif algorithm == "EdDSA":
            self._private = ed25519.Ed25519PrivateKey.generate()
            self.public = OKPAlgorithm.to_jwk(self._private.public_key(), as_dict=True)
        else:
            self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            self.public = RSAAlgorithm.to_jwk(self._private.public_key(), as_dict=True)
        self.public["kid"] = key_id

    def sign(self, claims: Claims, algorithm: str = "", **changes: Any) -> str:
        """Sign with this key, whatever the header says; what is `None` there is left out."""
        header = {"alg": self.algorithm, "typ": "at+jwt", "kid": self.id} | changes
        header = {name: it for name, it in header.items() if it is not None}
        message = f"{_encode(header)}.{_encode(claims)}".encode()
        signing = jwt.get_algorithm_by_name(algorithm or self.algorithm)
        signature = signing.sign(message, self._private)
        return f"{message.decode()}.{jwt.utils.base64url_encode(signature).decode()}"


def _encode(part: object) -> str:
    return jwt.utils.base64url_encode(json.dumps(part).encode()).decode()


class Issuer:
    """Answers until the process ends."""

    def __init__(self, *keys: Key) -> None:
        self.key = keys[0]
        self.keys: list[object] = [key.public for key in keys]
        self.metadata: dict[str, str] = {}
        # What it does instead of answering.
        self.mood: Callable[[BaseHTTPRequestHandler], None] | None = None
        # How often the keys were asked for.
        self.asked = 0
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        documents: dict[str, object] = {
            "/keys": {"keys": self.keys},
            "/.well-known/openid-configuration": {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/keys",
                **self.metadata,
            },
        }
        self.asked += request.path == "/keys"
        if self.mood:
            self.mood(request)
        elif request.path in documents:
            reply(request, 200, json.dumps(documents[request.path]))
        else:
            reply(request, 404)

    def claims(self, **changes: Any) -> Claims:
        """Return good claims, but for these; what is `None` is left out."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": "alice",
            "aud": RESOURCE,
            "client_id": "tests",
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "scope": "mcp:read mcp:write",
        }
        return {name: it for name, it in (claims | changes).items() if it is not None}

    def token(self, **changes: Any) -> str:
        return self.key.sign(self.claims(**changes))


def reply(request: BaseHTTPRequestHandler, status: int, body: str = "", **headers: str) -> None:
    request.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body.encode())
